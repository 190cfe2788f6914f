package record_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
	"github.com/mycarerecord/mcr/vouch"
)

// brokers is a collector that gives what it was told to, one part after another.
type brokers struct {
	parts  []collect.Part
	wait   func(ctx context.Context, i int) // before each part, when there
	open   func(source, link string) (*collect.Document, error)
	asked  []collect.Question
	bearer []string
}

func (b *brokers) Sources() []collect.Source {
	var all []collect.Source
	for _, p := range b.parts {
		all = append(all, p.Source)
	}
	return all
}

func (b *brokers) Collect(ctx context.Context, bearer string, q collect.Question, each func(collect.Part)) collect.Result {
	b.asked, b.bearer = append(b.asked, q), append(b.bearer, bearer)
	result := collect.Result{Parts: slices.Clone(b.parts)}
	for i, p := range b.parts {
		if b.wait != nil {
			b.wait(ctx, i)
		}
		if ctx.Err() != nil {
			for j := i; j < len(b.parts); j++ {
				result.Parts[j] = collect.Part{Source: b.parts[j].Source, Status: collect.Failed}
			}
			return result
		}
		if each != nil {
			each(p)
		}
	}
	return result
}

func (b *brokers) Open(_ context.Context, bearer string, _ vouch.Person, source, link string) (*collect.Document, error) {
	b.bearer = append(b.bearer, bearer)
	return b.open(source, link)
}

// anna is somebody who is signed in and has looked up one patient.
func anna(patient page.Patient) *page.Person {
	return &page.Person{
		Subject: access.Subject{Name: "Anna Example", RoleName: "Consultant", OrgName: "St Example's"}, Bearer: "t0ken", CSRF: "c5", Areas: page.Areas{Patients: true},
		Patient: func(ref string) (*page.Patient, bool) { return &patient, ref == patient.Ref },
	}
}

// console serves the pages of the record as the console does.
func console(t testing.TB, b record.Collector, who *page.Person) *httptest.Server {
	t.Helper()
	pages, err := record.New(record.Config{Base: "/console", Collector: b, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Mount(func(pattern string, h page.Handler) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /console"+path, func(w http.ResponseWriter, r *http.Request) { h(w, r, who) })
	})
	s := httptest.NewServer(page.Guard(mux))
	t.Cleanup(s.Close)
	return s
}
