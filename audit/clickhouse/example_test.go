package clickhouse_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// A store is opened without waiting for its server: a broker starts although the
// server is away, and delivers when it is there.
func ExampleOpen() {
	store, err := clickhouse.Open(clickhouse.Options{
		Addresses: []string{"clickhouse-1.internal.example:9440", "clickhouse-2.internal.example:9440"},
		Database:  "mcr", User: "mcr_broker",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	_, err = clickhouse.Open(clickhouse.Options{})
	fmt.Println(err)
	// Output: opening trail: no address of ClickHouse: give host:port of its native protocol
}
