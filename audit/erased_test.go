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
	if _, _, ok := audit.ErasedIn(audit.AppendJSON(nil, forged)); ok {
		t.Error("a record's own words were taken for an erasure")
	}
	// An erasure stands at the end, and only there.
	entry := strings.Repeat("00", 32)
	for document, want := range map[string]bool{
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"}}`:                    true,
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"},"source":"a"}`:       false,
		`{"id":"a","erased":{"whose":"both","entry":"` + entry + `"},"spent_us":{"a":1}}`: false,
	} {
		if _, _, ok := audit.ErasedIn([]byte(document)); ok != want {
			t.Errorf("%s: %v", document, ok)
		}
	}
}
