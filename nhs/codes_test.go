package nhs_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

func TestParseODSCode(t *testing.T) {
	for text, ok := range map[string]bool{
		"RX1": true, "A81001": true, "Y12345": true, "8HK48": true, "ABCDEFGHIJ": true,
		"": false, "RX": false, "ABCDEFGHIJK": false, "rx1": false, " RX1": false, "RX1 ": false,
		"RX-1": false, "ＲＸ1": false, "RX1\x00": false, "R/1": false,
	} {
		c, err := nhs.ParseODSCode(text)
		if (err == nil) != ok || c.IsZero() == ok {
			t.Errorf("%q: %v, %v", text, c, err)
		}
		if err != nil && !errors.Is(err, nhs.ErrODSCode) {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil && c.String() != text {
			t.Errorf("%q became %q", text, c)
		}
	}
}

func TestParseRoleCode(t *testing.T) {
	for text, want := range map[string]string{
		"R8000": "R8000", "S8000:G8000:R8000": "R8000", "S0030:G0100:R0570": "R0570",
		"": "", "8000": "", "R800": "", "R80000": "", "r8000": "", "R80O0": "", "G8000": "",
		"S8000:G8000": "", "S8000:G8000:R8000 ": "", "S8000:G8000:G8000": "",
		"X8000:G8000:R8000": "", "S80x0:G8000:R8000": "", "S8000:G80x0:R8000": "", "S8000;G8000;R8000": "",
	} {
		r, err := nhs.ParseRoleCode(text)
		if r.String() != want || (err == nil) != (want != "") || r.IsZero() != (want == "") {
			t.Errorf("%q: %v, %v", text, r, err)
		}
		if err != nil && !errors.Is(err, nhs.ErrRoleCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCodesEncodeAsTheyAre(t *testing.T) {
	c, _ := nhs.ParseODSCode("A81001")
	r, _ := nhs.ParseRoleCode("S8000:G8000:R8000")
	b, err := json.Marshal([]any{c, r, nhs.ODSCode{}})
	if err != nil || string(b) != `["A81001","R8000",""]` {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzParseCodes(f *testing.F) {
	for _, s := range []string{"RX1", "A81001", "R8000", "S8000:G8000:R8000", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := nhs.ParseODSCode(s); err == nil {
			if again, err := nhs.ParseODSCode(c.String()); err != nil || again != c {
				t.Fatalf("%q: %v", s, err)
			}
		}
		if r, err := nhs.ParseRoleCode(s); err == nil {
			if again, err := nhs.ParseRoleCode(r.String()); err != nil || again != r {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
