package protect_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
)

// oldKeys is a keys file as the broker wrote it before there were epochs, and what it
// made of the number 9990000018 then.
const (
	oldKeys  = `{"version":1,"hmac":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","aes":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="}` + "\n"
	oldHMAC  = "a9232021e78b7a864a4be7b89a81babe3a95a4abdbdb0e87bfe585ecabb0d424"
	oldShown = "enc1:rD4-z_fYgHiy5tSu6ER_B_M-5Uocvx3SePZb1upgFHTt4hwp_tU"
)

func loaded(t *testing.T, text string) (*protect.Keys, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := protect.LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	return k, path
}

func put(t *testing.T, k *protect.Keys, path string) *protect.Keys {
	t.Helper()
	staged, err := k.Stage(path)
	if err != nil {
		t.Fatal(err)
	}
	if before, err := protect.LoadKeys(path); err != nil || len(before.Epochs()) == len(k.Epochs()) && before.Epochs()[0] == k.Epochs()[0] {
		t.Fatalf("staged keys are in use already: %v", err)
	}
	if err := staged.Put(); err != nil {
		t.Fatal(err)
	}
	again, err := protect.LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	return again
}

func protectorOf(t *testing.T, k *protect.Keys) *protect.Protector {
	t.Helper()
	p, err := protect.NewProtector(k, protect.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKeysOfBeforeEpochsGiveWhatTheyGave(t *testing.T) {
	n := number(t, "9990000018")
	k, path := loaded(t, oldKeys)
	old := make([]byte, 32)
	for i := range old {
		old[i] = byte(i)
	}
	want, _ := hkdf.Key(sha256.New, old, nil, "mcr checkpoint 1", 32)
	for _, rotated := range []bool{false, true} {
		if rotated {
			k = put(t, k.Rotated(time.Now()), path)
		}
		if got := k.Derive("mcr checkpoint 1"); !bytes.Equal(got, want) {
			t.Errorf("rotated %v: what is derived changed", rotated)
		}
		p := protectorOf(t, k)
		if all := p.Find(n); all[len(all)-1] != oldHMAC || p.HMAC(n) == oldHMAC == rotated {
			t.Errorf("rotated %v: the patient is looked for under %v", rotated, all)
		}
		if got, err := p.Reveal(oldShown); err != nil || got != n {
			t.Errorf("rotated %v: the old number cannot be read: %v", rotated, err)
		}
		if (p.Shown(n) == oldShown) == rotated {
			t.Errorf("rotated %v: shown as %s", rotated, p.Shown(n))
		}
	}
}

func TestAPatientIsFoundOverAllEpochs(t *testing.T) {
	n, other := number(t, "9990000018"), number(t, "9990000026")
	k, path := loaded(t, oldKeys)
	var records []*audit.Record
	for range 3 {
		p := protectorOf(t, k)
		r := &audit.Record{}
		p.About(r, n)
		records = append(records, r)
		k = put(t, k.Rotated(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)), path)
	}
	p := protectorOf(t, k)
	find := p.Find(n)
	if len(find) != 4 || find[0] != p.HMAC(n) {
		t.Fatalf("found under %d", len(find))
	}
	for i, r := range records {
		all, every := p.FindSame(r)
		if !slices.Contains(find, r.PatientHMAC) || !slices.Equal(all, find) || !every {
			t.Errorf("record of epoch %d is not found", i)
		}
		if got, err := p.Reveal(r.PatientShown); err != nil || got != n {
			t.Errorf("record of epoch %d: %v", i, err)
		}
		if !(audit.Filter{Patient: find}).Keeps(r) || (audit.Filter{Patient: p.Find(other)}).Keeps(r) || (audit.Filter{OtherEpochs: p.Epochs()}).Keeps(r) {
			t.Errorf("record of epoch %d: filtered wrongly", i)
		}
		if strings.HasPrefix(r.PatientShown, "enc2:"+r.PatientEpoch+":") == (i == 0) {
			t.Errorf("record of epoch %q: shown as %s", r.PatientEpoch, r.PatientShown)
		}
	}
	masked := *records[1]
	masked.PatientShown = n.String()
	if all, every := p.FindSame(&masked); every || !slices.Equal(all, []string{masked.PatientHMAC}) {
		t.Errorf("a masked number was found under %d epochs, all %v", len(all), every)
	}
	swapped := *records[1]
	swapped.PatientShown = p.Shown(other)
	if all, every := p.FindSame(&swapped); every || len(all) != 1 {
		t.Error("a shown number that is not that of the HMAC was believed")
	}
}

// What a restored old keys file, or a withdrawn epoch, cannot find is told apart.
func TestRecordsOfUnknownEpochsAreTold(t *testing.T) {
	n := number(t, "9990000018")
	k, path := loaded(t, oldKeys)
	first := k.Epochs()[0]
	old := protectorOf(t, k)
	newer := protectorOf(t, put(t, k.Rotated(time.Now()), path))
	again := protectorOf(t, k.Rotated(time.Now())) // a second rotation of the same old copy
	r := &audit.Record{}
	newer.About(r, n)
	for name, c := range map[string]struct {
		p     *protect.Protector
		other bool
	}{"those of an old copy": {old, true}, "those of that old copy rotated anew": {again, true}, "its own": {newer, false}} {
		if got := (audit.Filter{OtherEpochs: c.p.Epochs()}).Keeps(r); got != c.other {
			t.Errorf("%s: unknown is %v", name, got)
		}
		if found := slices.Contains(c.p.Find(n), r.PatientHMAC); found == c.other {
			t.Errorf("%s: found is %v", name, found)
		}
	}
	k, _ = protect.LoadKeys(path)
	if _, err := k.Without(k.Epochs()[1].ID, time.Now()); err == nil {
		t.Error("the current epoch was withdrawn")
	}
	if _, err := k.Without("1-00000000", time.Now()); err == nil {
		t.Error("an epoch that there is not was withdrawn")
	}
	less, err := k.Without(first.ID, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	less = put(t, less, path)
	p := protectorOf(t, less)
	unnamed := &audit.Record{PatientHMAC: oldHMAC, PatientShown: oldShown}
	if !(audit.Filter{OtherEpochs: p.Epochs()}).Keeps(unnamed) || slices.Contains(p.Find(n), oldHMAC) {
		t.Error("records of a withdrawn epoch are passed over in silence")
	}
	if _, err := p.Reveal(oldShown); err == nil {
		t.Error("a number of a withdrawn epoch was read")
	}
	if all := less.Epochs(); len(all) != 2 || all[0].ID != first.ID || all[0].Withdrawn.IsZero() || !all[1].Current {
		t.Errorf("epochs: %+v", all)
	}
	text, _ := os.ReadFile(path)
	if strings.Contains(string(text), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") {
		t.Error("the withdrawn key is in the file still")
	}
	if next := less.Rotated(time.Now()).Epochs(); !strings.HasPrefix(next[2].ID, "3-") {
		t.Errorf("a number was given twice: %+v", next)
	}
}

func TestADamagedKeysFileIsRefused(t *testing.T) {
	k, path := loaded(t, oldKeys)
	put(t, k.Rotated(time.Now()), path)
	text, _ := os.ReadFile(path)
	for name, damage := range map[string]func(map[string]any){
		"another key under an id": func(f map[string]any) {
			f["epochs"].([]any)[1].(map[string]any)["hmac"] = f["epochs"].([]any)[0].(map[string]any)["hmac"]
		},
		"a short key":        func(f map[string]any) { f["epochs"].([]any)[0].(map[string]any)["aes"] = "AAAA" },
		"no epochs":          func(f map[string]any) { f["epochs"] = nil },
		"no root":            func(f map[string]any) { delete(f, "root") },
		"an epoch twice":     func(f map[string]any) { f["epochs"] = append(f["epochs"].([]any), f["epochs"].([]any)[1]) },
		"out of order":       func(f map[string]any) { slices.Reverse(f["epochs"].([]any)) },
		"of another version": func(f map[string]any) { f["version"] = 3 },
		"two unnamed":        func(f map[string]any) { f["epochs"].([]any)[1].(map[string]any)["unnamed"] = true },
		"withdrawn and in use": func(f map[string]any) {
			f["withdrawn"] = []any{map[string]any{"id": f["epochs"].([]any)[0].(map[string]any)["id"], "withdrawn": "2026-01-01T00:00:00Z"}}
		},
	} {
		var f map[string]any
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		damage(f)
		bad, _ := json.Marshal(f)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := protect.LoadKeys(path); err == nil || strings.Contains(err.Error(), "AAEC") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
