package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	theirs "github.com/transparency-dev/formats/witness"
)

func key(of byte) *signed.Key { return signed.NewKey([]byte(strings.Repeat(string(of), 32))) }

const origin = "mcr.example/wend-1"

// threeOfTrusts is a policy with two groups; a, b, c are witnesses.
func threeOfTrusts(quorum string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# whom we believe\nlog %s\n", key('l').LogVerifier(origin))
	for _, name := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, "witness %s %s https://%s.example/\n", name, key(name[0]).WitnessVerifier(name+".example"), name)
	}
	fmt.Fprintf(&b, "group two 2 a b c\ngroup first all a two\ngroup one any a b c\nquorum %s\n", quorum)
	return b.String()
}

// Every set of cosigners is judged, and as transparency-dev's library judges it.
func TestPoliciesAreJudgedAsOthersDo(t *testing.T) {
	c := signed.Checkpoint{Origin: origin, Size: 4, Root: [32]byte{7}}
	for _, quorum := range []string{"none", "a", "one", "two", "first"} {
		ours, err := policy.Parse([]byte(threeOfTrusts(quorum)))
		if err != nil {
			t.Fatal(err)
		}
		group, err := theirs.ParsePolicy([]byte(threeOfTrusts(quorum)))
		if err != nil {
			t.Fatal(err)
		}
		for set := range 8 {
			raw, err := c.Sign(key('l'))
			if err != nil {
				t.Fatal(err)
			}
			signers := 0
			for i, name := range []string{"a", "b", "c"} {
				if set>>i&1 == 0 {
					continue
				}
				line, err := key(name[0]).Cosign(name+".example", c.Text(), time.Unix(1e9, 0))
				if err != nil {
					t.Fatal(err)
				}
				raw = append(raw, line...)
				signers++
			}
			v, err := ours.Judge(raw)
			if good := group.Satisfied(raw); good != (err == nil) {
				t.Errorf("quorum %s, set %03b: ours says %v, theirs %v", quorum, set, err, good)
			}
			if err == nil && (len(v.Cosignatures) != signers || len(v.Lacking) != 3-signers) {
				t.Errorf("quorum %s, set %03b: %+v", quorum, set, v)
			}
		}
	}
}

func TestWhatIsWrongWithACheckpointIsSaid(t *testing.T) {
	p, err := policy.Parse([]byte(threeOfTrusts("two")))
	if err != nil {
		t.Fatal(err)
	}
	c := signed.Checkpoint{Origin: origin, Size: 4, Root: [32]byte{7}}
	good, err := c.Sign(key('l'))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "c"} {
		line, err := key(name[0]).Cosign(name+".example", c.Text(), time.Unix(1e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		good = append(good, line...)
	}
	if _, err := p.Judge(good); err != nil {
		t.Fatal(err)
	}
	replaced, err := c.Sign(key('x'))
	if err != nil {
		t.Fatal(err)
	}
	text := string(good)
	unsigned := c.Text() + "\n" + text[strings.Index(text, "— a.example"):]
	for name, one := range map[string]struct{ raw, says string }{
		"altered":           {strings.Replace(text, "\n4\n", "\n5\n", 1), "altered"},
		"another log":       {strings.Replace(text, origin+"\n", "elsewhere/log\n", 1), "does not name"},
		"keys replaced":     {string(replaced), "no signature that the policy knows"},
		"log did not sign":  {unsigned, "itself did not sign"},
		"one witness short": {text[:strings.LastIndex(text, "— c.example")], "did not cosign: b, c"},
		"nothing":           {"", "does not name"},
	} {
		if _, err := p.Judge([]byte(one.raw)); !errors.Is(err, policy.ErrNotGood) || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFaultsOfPoliciesAreTold(t *testing.T) {
	witness := "witness a " + key('a').WitnessVerifier("a.example")
	for text, says := range map[string]string{
		"":                   "quorum is missing",
		"quorum a":           "nothing before it",
		"hello":              "none of log",
		"log x\nquorum none": "line 1",
		"log " + key('a').WitnessVerifier("a") + "\nquorum none":                        "a witness's verifier key",
		"witness a " + key('l').LogVerifier("l") + "\nquorum a":                         "a log's verifier key",
		witness + "\nwitness b " + key('a').WitnessVerifier("a.example") + "\nquorum a": "no second witness",
		witness + "\n" + witness + "\nquorum a":                                         "no second witness",
		witness + "\ngroup g 2 a\nquorum g":                                             "neither any, all nor a number",
		witness + "\ngroup g 0 a\nquorum g":                                             "neither any, all nor a number",
		witness + "\ngroup g any a a\nquorum g":                                         "twice",
		witness + "\ngroup a any a\nquorum a":                                           "taken",
		witness + "\nquorum a\nquorum a":                                                "one line",
		witness + " ftp://x/\nquorum a":                                                 "address",
		witness + " https://u:p@x/\nquorum a":                                           "address",
		"group none any none\nquorum none":                                              "nothing before it",
	} {
		if _, err := policy.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(threeOfTrusts("first")))
	f.Add([]byte("quorum none # nobody"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.Parse(text)
		if err != nil {
			return
		}
		if _, err := p.Judge([]byte("x\n0\n\n")); err == nil {
			t.Error("what is no checkpoint was good")
		}
	})
}
