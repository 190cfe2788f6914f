package ship

import (
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// teller writes into the log what the spool cannot say itself: that it holds delivered
// records for less time than was set, and that full segments cannot be packed. Each once
// when it begins, then every hour, and when it is over.
type teller struct {
	short, unpacked         bool
	shortAgain, unpackAgain time.Time
}

const tellEvery = time.Hour

func (t *teller) look(st spool.Stats, o Options) {
	now := o.Clock()
	switch {
	case st.Short && !now.Before(t.shortAgain):
		o.Log.Warn("the spool is too small to hold delivered records as long as was set: older ones were let go, and could not be delivered again",
			"held", st.Held.Round(time.Second), "hold", st.Hold, "max_bytes", st.MaxBytes, "bytes_per_record", int64(st.BytesPerEntry))
		t.short, t.shortAgain = true, now.Add(tellEvery)
	case !st.Short && t.short:
		o.Log.Info("the spool holds delivered records as long as was set again", "hold", st.Hold)
		t.short, t.shortAgain = false, time.Time{}
	}
	switch {
	case st.PackFault != nil && !now.Before(t.unpackAgain):
		o.Log.Warn("full segments of the spool cannot be packed: they take eight times the room, nothing is lost", "error", st.PackFault)
		t.unpacked, t.unpackAgain = true, now.Add(tellEvery)
	case st.PackFault == nil && t.unpacked:
		o.Log.Info("segments of the spool are packed again")
		t.unpacked, t.unpackAgain = false, time.Time{}
	}
}
