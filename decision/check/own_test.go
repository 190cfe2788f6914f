package check_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

func hospital(t testing.TB) fstest.MapFS {
	t.Helper()
	return policytest.CopiedFrom(t, os.DirFS("testdata/own"))
}

func TestOwnRulesAreJudged(t *testing.T) {
	region := policytest.Revision(t, policies.FS)
	o := check.Own{Region: policies.FS, Folder: hospital(t), Of: "RXA01"}
	v := o.Judge(t.Context(), region)
	if len(v.Faults) > 0 || v.Tests != 8 || v.Cases != 5 {
		t.Errorf("%d tests, %d cases:\n%s", v.Tests, v.Cases, strings.Join(v.Faults, "\n"))
	}
	if !v.Revision.Planned() {
		t.Error("the fast machine does not know what they use")
	}
	var told strings.Builder
	if err := o.Check(t.Context(), &told); err != nil {
		t.Errorf("%v\n%s", err, &told)
	}
	if err := o.Try(t.Context(), &told, func(check.Finding) {}); err != nil {
		t.Errorf("%v\n%s", err, &told)
	}
}

var _ = decision.OwnRule
