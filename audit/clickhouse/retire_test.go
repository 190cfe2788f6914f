package clickhouse

import (
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/audit/retention"
)

func TestWhatIsRetiredIsDeletedInFewStatements(t *testing.T) {
	runs := []retention.RetiredRun{{First: 1, Last: 3}, {First: 4, Last: 4}, {First: 9, Last: 9}, {First: 4096, Last: 8191}, {First: 8192, Last: 12287}, {First: 20000, Last: 20001}}
	want := []string{`broker = 'it\'s' AND seq BETWEEN 1 AND 20001 AND (seq BETWEEN 4096 AND 12287 OR seq IN (1,2,3,4,9,20000,20001))`}
	if got := deletions("it's", stretches(runs)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := deletions("b", nil); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
	var many []retention.RetiredRun
	for i := range uint64(deletedNumbers + 10) {
		many = append(many, retention.RetiredRun{First: 1 + 2*i, Last: 1 + 2*i})
	}
	if got := deletions("b", stretches(many)); len(got) != 2 {
		t.Errorf("%d statements", len(got))
	}
}
