package trail

import (
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/legible"
)

// tame gives a record as it may stand on a page. html/template keeps text from
// becoming markup; what it lets through are signs that nobody sees and that turn
// the direction of what stands around them, so that a line reads otherwise than it
// was recorded (attack 132). They are written out: \u202e.
func tame(r *audit.Record) *audit.Record { return r.Written(legible.Lines) }

func tamed(records []*audit.Record) []*audit.Record {
	out := make([]*audit.Record, len(records))
	for i, r := range records {
		out[i] = tame(r)
	}
	return out
}
