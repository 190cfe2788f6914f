package replay

import (
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/legible"
)

// List writes changes as CSV (RFC 4180), one a line, each as it comes.
type List struct{ w *csv.Writer }

// NewList begins a list with its heading.
func NewList(w io.Writer) (*List, error) {
	l := &List{csv.NewWriter(w)}
	return l, l.w.Write([]string{
		"record", "time_utc", "change", "action", "type", "source", "user", "role", "organisation", "organisation_name", "patient_hmac",
		"effect_was", "reasons_was", "rules_was", "effect_now", "reasons_now", "rules_now",
		"categories_lost", "categories_gained", "labels_lost", "labels_gained", "masks_lost", "masks_gained",
	})
}

// Add writes a change. What somebody else wrote stands there as it may in a cell.
func (l *List) Add(c *Change) error {
	list := func(all []string) string { return strings.Join(all, " ") }
	row := []string{
		c.Was.ID, c.Was.TimeIn.UTC().Format(time.RFC3339Nano), string(c.Kind), c.Was.Action, c.Was.Type, c.Was.Source, c.Was.UserID, c.Was.RoleCode,
		c.Was.UserOrg, c.Was.UserOrgName, c.Was.PatientHMAC,
		c.Was.Effect, list(c.Was.Reasons), list(c.Was.Rules), string(c.Now.Effect), list(c.Now.Reasons), list(c.Now.Rules),
		list(c.Lost.Categories), list(c.Gained.Categories), list(c.Lost.Labels), list(c.Gained.Labels), list(c.Lost.Masks), list(c.Gained.Masks),
	}
	for i := range row {
		row[i] = legible.Cell(row[i])
	}
	return l.w.Write(row)
}

// Close ends the list.
func (l *List) Close() error {
	l.w.Flush()
	return l.w.Error()
}
