package trail_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/console/trail"
)

// A patient's records from before and after a rotation of the keys are one report and
// one search; what stands under keys that are not in use is said on the page and in each
// file; a patient whose number is kept masked is said to be found in part.
func TestAPatientIsOneOverEpochsAndWhatIsNotFoundIsSaid(t *testing.T) {
	n, other := number(t, patients[0]), number(t, patients[1])
	first, err := protect.CreateKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	second := first.Rotated(time.Now())
	protector := func(k *protect.Keys, showing protect.Showing) *protect.Protector {
		p, err := protect.NewProtector(k, showing)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	s := openSQLite(t)
	under := func(k *protect.Keys) *room {
		return open(t, s, func(cfg *trail.Config) { cfg.Protector = protector(k, protect.Encrypted) })
	}
	r := under(second)
	var all []*audit.Record
	for i, p := range []*protect.Protector{
		protector(first, protect.Encrypted), protector(second, protect.Encrypted), protector(first, protect.Masked), protector(second, protect.Masked),
	} {
		rec := recorded(t, "permission-to-view")
		rec.ID = rec.ID[:35] + string(rune('a'+i))
		rec.TimeIn = rec.TimeIn.Add(time.Duration(i) * time.Minute)
		rec.PatientHMAC, rec.PatientShown = "", ""
		p.About(rec, n)
		all = append(all, rec)
	}
	stranger := recorded(t, "own-record")
	protector(second, protect.Encrypted).About(stranger, other)
	deliver(t, s, append(all, stranger)...)

	const told = "records of this part of the trail stand under keys that are not in use here"
	for name, c := range map[string]struct {
		room  *room
		form  []string
		finds int
		says  string
	}{
		"both epochs":                {r, []string{"patient", n.Digits()}, 4, ""},
		"the patient of a record":    {r, []string{"of", all[0].ID}, 4, ""},
		"of a record that is masked": {r, []string{"of", all[2].ID}, 2, "Ask by NHS number to find all"},
		"an old copy of the keys":    {under(first), []string{"patient", n.Digits()}, 2, "3 " + told},
	} {
		_, page := c.room.post(t, "/console/trail/patient", c.form...)
		_, list := c.room.post(t, "/console/trail/records", c.form...)
		_, csv := c.room.post(t, "/console/trail/records", append(c.form, "format", "csv")...)
		_, json := c.room.post(t, "/console/trail/patient", append(c.form, "format", "json")...)
		for i, rec := range all {
			if found := strings.Contains(list, rec.ID); found != strings.Contains(csv, rec.ID) || found != strings.Contains(json, rec.ID) {
				t.Errorf("%s: record %d is in one of the answers only", name, i)
			}
		}
		got := 0
		for _, rec := range all {
			if strings.Contains(csv, rec.ID) {
				got++
			}
		}
		if got != c.finds {
			t.Errorf("%s: found %d, want %d", name, got, c.finds)
		}
		for kind, text := range map[string]string{"page": page, "list": list, "csv": csv, "json": json} {
			if c.says == "" && strings.Contains(text, "keys") || !strings.Contains(text, c.says) {
				t.Errorf("%s, %s: want %q", name, kind, c.says)
			}
		}
		if (c.says == "") != strings.Contains(json, `"complete": true`) {
			t.Errorf("%s: whether it is complete is told wrongly", name)
		}
		if visits := strings.Count(page, "mcr-trail-visit\""); c.finds == 4 && visits != 2 { // decision 0046: one in each epoch
			t.Errorf("%s: one sitting in two epochs is told as %d visits", name, visits)
		}
	}
	_, csv := r.post(t, "/console/trail/records", "patient", n.Digits(), "format", "csv")
	if p := protector(second, protect.Encrypted); strings.Count(csv, p.HMAC(n)) != 3 { // the masked one of before keeps its own
		t.Errorf("one patient has several keys in a file:\n%s", csv)
	}
}
