package demo_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/past"
)

// In the past that is made up the cast are who they are when they sign in.
func TestTheCastAreInThePastWhoTheyAre(t *testing.T) {
	r, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := r.Describe("")
	for _, m := range d.Cast {
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(bearer(t, d, m.ID), ".")[1])
		var token struct {
			UID   string
			Name  string
			Roles []struct {
				Code string `json:"role_code"`
				Org  string `json:"org_code"`
			} `json:"nhsid_nrbac_roles"`
		}
		if err != nil || json.Unmarshal(claims, &token) != nil || len(token.Roles) == 0 {
			t.Fatalf("%v: %s", err, claims)
		}
		s := d.Sources[slices.IndexFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == token.Roles[0].Org })]
		if !slices.ContainsFunc(past.Staff, func(c past.Colleague) bool {
			return c.UserID() == token.UID && c.Name == token.Name && c.Source == s.ID && strings.HasSuffix(token.Roles[0].Code, ":"+c.Role)
		}) {
			t.Errorf("%s (%s) of %s is another in the past", token.Name, token.UID, s.Name)
		}
	}
}
