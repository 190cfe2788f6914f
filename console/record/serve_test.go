package record_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/assets"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
)

func TestServe(t *testing.T) {
	if os.Getenv("SERVE") == "" {
		t.Skip()
	}
	parts, who := region(t, os.Getenv("WHO"))
	if os.Getenv("WHOLE") == "" {
		parts[1].Status, parts[1].Entries = collect.TimedOut, nil
		for i := range parts {
			switch parts[i].Source.ID {
			case "council-wendshire", "community-wend-valley":
				parts[i].Status, parts[i].Entries = collect.Refused, nil
				parts[i].Reason = collect.Reason{Code: "permission-needed", Text: "The patient has not been asked for permission to view.", Remedy: "Ask the patient for permission to view and record the answer, then try again.", RecordID: "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"}
			case "mental-health-larkfield":
				parts[i].Status = collect.Withheld
			}
		}
	}
	b := &brokers{parts: parts, wait: func(ctx context.Context, i int) {
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}}
	pages, err := record.New(record.Config{Base: "/console", Collector: b, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Mount(func(pattern string, h page.Handler) {
		mux.HandleFunc(pattern[:4]+"/console"+pattern[4:], func(w http.ResponseWriter, r *http.Request) { h(w, r, anna(who)) })
	})
	mux.Handle("/console/assets/", assets.Handler())
	t.Fatal(http.ListenAndServe(os.Getenv("SERVE"), page.Guard(mux)))
}
