package clickhouse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/audit/clickhouse"
)

func TestParseDSN(t *testing.T) {
	got, err := clickhouse.ParseDSN("clickhouse://mcr:s%40cret@a.example:9440,b.example:9440/trail?secure=true")
	if err != nil || got.TLS == nil {
		t.Fatal(err, got.TLS)
	}
	got.TLS = nil
	want := clickhouse.Options{Addresses: []string{"a.example:9440", "b.example:9440"}, Database: "trail", User: "mcr", Password: "s@cret"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, wrong := range []string{"http://u:hunter2@a.example", "clickhouse://u:hunter2@a.example?sekure=true", "clickhouse://u:hunter2@a.example?secure=maybe", "clickhouse://u:hunter2@a b"} {
		if _, err := clickhouse.ParseDSN(wrong); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
