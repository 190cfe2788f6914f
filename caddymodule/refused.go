package caddymodule

import (
	"fmt"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// refused says why the trail's store does not take this broker's records, where waiting will
// not mend it: a wrong password, a right or a table that is missing. nil: it takes them, or is
// away, which the spool bridges.
func (p *shared) refused() error {
	for _, err := range []error{p.shipper.Fault(), p.reconciler.Fault()} {
		if clickhouse.Refuses(err) {
			return fmt.Errorf("the trail's store refuses this broker; records stay in the spool until it is mended (mcr validate says how): %w", err)
		}
	}
	return nil
}
