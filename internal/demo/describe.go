package demo

import (
	"strings"
	"time"
)

// Description tells a program where everything in the region is. Its JSON form
// is documented in docs/demo-describe.md and stays as it is.
type Description struct {
	Sources       []DescribedSource  `json:"sources"`
	Issuer        string             `json:"issuer"`
	TokenEndpoint string             `json:"token_endpoint"`
	Cast          []DescribedMember  `json:"cast"`
	Patients      []DescribedPatient `json:"patients"`
	Trail         string             `json:"trail"`
	Console       string             `json:"console"` // the web pages: where a browser begins
	Collect       string             `json:"collect"` // where a program asks for one patient's record from every source
	Metrics       string             `json:"metrics"` // for Prometheus, at an address of their own
	Hostile       DescribedHostile   `json:"hostile"` // a source that lies, for trying what is in front of it
	Attack        *DescribedAttack   `json:"attack"`  // what mcr attack --demo needs to know

	Registry  string             `json:"registry,omitempty"`  // a file, or the address of a database in PostgreSQL
	Processes []DescribedProcess `json:"processes,omitempty"` // of the sources' brokers; none when they are all in one
	Past      *DescribedPast     `json:"past,omitempty"`      // how much of the trail was made up; none when nothing was
}

// DescribedPast is the beginning of the trail, which was made up.
type DescribedPast struct {
	Days    int       `json:"days"`
	Until   time.Time `json:"until"` // everything up to this time was made up
	Records int       `json:"records"`
}

// DescribedSource is one source, by the broker in front of it.
type DescribedSource struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	ODS  string `json:"ods"`
	Kind string `json:"kind"`
	FHIR string `json:"fhir"` // the FHIR base of the broker
}

// DescribedMember is one professional who can be logged in as.
type DescribedMember struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Role         string `json:"role"`         // in words
	Organisation string `json:"organisation"` // ODS code

	// Roles are all roles of somebody who has several, the one above first.
	Roles []DescribedRole `json:"roles,omitempty"`
}

// DescribedRole is one role that its member can choose after signing in.
type DescribedRole struct {
	ID           string `json:"id"` // what goes into selected_roleid
	Role         string `json:"role"`
	Organisation string `json:"organisation"`
}

// DescribedPatient is one patient; those of the story come first.
type DescribedPatient struct {
	NHSNumber string   `json:"nhs_number"`
	Name      string   `json:"name"`
	Born      string   `json:"born"`
	GP        string   `json:"gp"` // source id of the registered practice
	Flags     []string `json:"flags"`
}

// Describe describes the region with its brokers at brokers, an address such as
// "http://127.0.0.1:8080": each source's broker is at <brokers>/<id>/fhir.
func (r *Region) Describe(brokers string) Description {
	brokers = strings.TrimSuffix(brokers, "/")
	d := Description{
		Issuer: r.issuerURL, TokenEndpoint: r.issuer.TokenEndpoint(), Trail: r.trail,
		Console: brokers + "/console/", Collect: brokers + "/fhir/Patient/$collect",
		Hostile: r.describeHostile(brokers),
		Attack:  r.attack,
	}
	for _, s := range r.sources {
		d.Sources = append(d.Sources, DescribedSource{
			ID: s.ID, Name: s.Name, ODS: s.ODS.String(), Kind: s.Kind,
			FHIR: brokers + "/" + s.ID + "/fhir",
		})
	}
	for _, m := range r.cast {
		described := DescribedMember{ID: m.ID, Name: m.Name, Role: m.RoleName, Organisation: m.Organisation}
		if len(m.Roles) > 0 {
			for _, role := range m.AllRoles() {
				described.Roles = append(described.Roles, DescribedRole{role.ID, role.Name, role.Organisation})
			}
		}
		d.Cast = append(d.Cast, described)
	}
	for _, p := range r.population.People {
		d.Patients = append(d.Patients, DescribedPatient{p.Number.Digits(), p.Name(), p.Born, p.GP, p.Flags})
	}
	return d
}

// source finds a described source.
func (d Description) source(id string) (DescribedSource, bool) {
	for _, s := range d.Sources {
		if s.ID == id {
			return s, true
		}
	}
	return DescribedSource{}, false
}

// flagged finds the first patient with a flag.
func (d Description) flagged(flag string) (DescribedPatient, bool) {
	for _, p := range d.Patients {
		for _, f := range p.Flags {
			if f == flag {
				return p, true
			}
		}
	}
	return DescribedPatient{}, false
}

// member finds a member of the cast.
func (d Description) member(id string) (DescribedMember, bool) {
	for _, m := range d.Cast {
		if m.ID == id {
			return m, true
		}
	}
	return DescribedMember{}, false
}
