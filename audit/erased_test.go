package audit_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
)

// A record whose client's text looks like an erasure is none.
func TestWordsOfARecordAreNoErasure(t *testing.T) {
	forged := record()
	forged.UserAgent, forged.Input = `,"erased":{"whose":"both","entry":"00"}`, []byte(`{"a":1,"erased":{"whose":"both","entry":"`+strings.Repeat("00", 32)+`"}}`)
	if _, ok := audit.ErasedIn(audit.AppendJSON(nil, forged)); ok {
		t.Error("a record's own words were taken for an erasure")
	}
}
