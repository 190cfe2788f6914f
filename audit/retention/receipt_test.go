package retention_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
)

func FuzzReceiptIn(f *testing.F) {
	f.Add([]byte(`{"action":"erase-details","input":{"erasure":{"whose":"patient","records":[{"chain":"a","number":1,"entry":"00"}]}}}`))
	f.Add([]byte(`{"action":"retire-records","input":{"retirement":{"runs":[{"chain":"a","first":9,"last":1,"hash":"00"}]}}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		if r, ok := retention.ReceiptIn(document); ok {
			if (r.Erasure == nil) == (r.Retirement == nil) {
				t.Errorf("%s: %+v", document, r)
			}
			if r.Retirement != nil {
				for _, run := range r.Retirement.Runs {
					if _, ok := run.End(); ok && (run.First == 0 || run.Last < run.First) {
						t.Errorf("%s: a run of nothing", document)
					}
				}
			}
		}
		_, _, _ = audit.ErasedIn(document)
	})
}
