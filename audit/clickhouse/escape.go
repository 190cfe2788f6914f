package clickhouse

import (
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// parameters are the values of a query, by name: they travel beside the query
// and are never part of its text.
type parameters struct{ all clickhouse.Parameters }

// tsv escapes a value as the server reads one, which the driver leaves to its
// caller (TabSeparated format).
var tsv = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0", "\b", "\\b", "\f", "\\f", "'", "\\'")

func with() *parameters { return &parameters{all: clickhouse.Parameters{}} }

func (p *parameters) text(name, value string) *parameters {
	p.all[name] = tsv.Replace(value)
	return p
}

// list gives an Array(String), whose elements are escaped within their quotes and nowhere else.
func (p *parameters) list(name string, values []string) *parameters {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + tsv.Replace(v) + "'"
	}
	p.all[name] = "[" + strings.Join(quoted, ",") + "]"
	return p
}

func (p *parameters) number(name string, value uint64) *parameters {
	p.all[name] = strconv.FormatUint(value, 10)
	return p
}

// numbers gives an Array(UInt64).
func (p *parameters) numbers(name string, values []uint64) *parameters {
	p.all[name] = "[" + numbers(values) + "]"
	return p
}

func (p *parameters) signed(name string, value int64) *parameters {
	p.all[name] = strconv.FormatInt(value, 10)
	return p
}

// identifier quotes a name of the configuration.
func identifier(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}
