package ship_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

func TestMetrics(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		p, store := newPlace(t), new(trailtest.Memory)
		store.Fail(errors.New("connection refused"))
		p.opt.RetryMin, p.opt.RetryMax = 10*time.Second, 10*time.Second
		b := p.open(t, store)
		b.append(t, 0, 7)
		time.Sleep(time.Second)
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(b.shipper)
		const away = `
			# HELP mcr_audit_spool_pending_records Records in the spool that the store does not have yet.
			# TYPE mcr_audit_spool_pending_records gauge
			mcr_audit_spool_pending_records{broker="region-1"} 7
			# HELP mcr_audit_spool_writable 1, or 0 when the last write failed or there is no room.
			# TYPE mcr_audit_spool_writable gauge
			mcr_audit_spool_writable{broker="region-1"} 1
			# HELP mcr_audit_deliveries_total Batches sent to the store, by result: delivered, failed, conflict.
			# TYPE mcr_audit_deliveries_total counter
			mcr_audit_deliveries_total{broker="region-1",result="conflict"} 0
			mcr_audit_deliveries_total{broker="region-1",result="delivered"} 0
			mcr_audit_deliveries_total{broker="region-1",result="failed"} 1
		`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(away),
			"mcr_audit_spool_pending_records", "mcr_audit_spool_writable", "mcr_audit_deliveries_total"); err != nil {
			t.Error(err)
		}
		store.Fail(nil)
		time.Sleep(time.Minute)
		const back = `
			# HELP mcr_audit_delivered_records_total Records that the store was seen to have.
			# TYPE mcr_audit_delivered_records_total counter
			mcr_audit_delivered_records_total{broker="region-1"} 7
			# HELP mcr_audit_spool_oldest_seconds Age of the oldest record that the store does not have yet.
			# TYPE mcr_audit_spool_oldest_seconds gauge
			mcr_audit_spool_oldest_seconds{broker="region-1"} 0
			# HELP mcr_audit_spool_held_seconds Every record younger than this is in the spool.
			# TYPE mcr_audit_spool_held_seconds gauge
			mcr_audit_spool_held_seconds{broker="region-1"} 61
			# HELP mcr_audit_spool_hold_seconds How long delivered records are to stay in the spool, as set.
			# TYPE mcr_audit_spool_hold_seconds gauge
			mcr_audit_spool_hold_seconds{broker="region-1"} 3600
			# HELP mcr_audit_spool_hold_short 1 when delivered records were let go before their time, for want of room.
			# TYPE mcr_audit_spool_hold_short gauge
			mcr_audit_spool_hold_short{broker="region-1"} 0
			# HELP mcr_audit_spool_packs 1, or 0 when the last full segment could not be packed.
			# TYPE mcr_audit_spool_packs gauge
			mcr_audit_spool_packs{broker="region-1"} 1
		`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(back),
			"mcr_audit_delivered_records_total", "mcr_audit_spool_oldest_seconds", "mcr_audit_spool_held_seconds",
			"mcr_audit_spool_hold_seconds", "mcr_audit_spool_hold_short", "mcr_audit_spool_packs"); err != nil {
			t.Error(err)
		}
		b.close(t)
	})
}
