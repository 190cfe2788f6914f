package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/check"
)

// sourceOptions are the flags of mcr source check.
type sourceOptions struct {
	settings
	sourceID                   string
	patient, number, tokenFile string
	limits                     check.Limits
	minShown                   float64
	json                       bool
}

// fileNumber is the NHS number of the patient in a file, unless another is given:
// one that is never issued.
const fileNumber = "9000000009"

func (o *sourceOptions) run(cmd *cobra.Command, args []string) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	if len(args) > 1 {
		return misused("one address or one file at a time, not %d", len(args))
	}
	if err := o.find(cmd, false); err != nil {
		return misused("%w", err)
	}
	source, err := o.source(cmd, len(args) == 1)
	if err != nil {
		return err
	}
	what := source.BaseURL
	if len(args) == 1 {
		what = args[0]
	}
	against, known, err := o.against(ctx, source)
	if err != nil {
		return err
	}
	var entries check.Entries
	var unread error
	if address, err := url.Parse(what); isAddress(what) && err == nil && address.User != nil {
		return misused("the address holds a user or a password, which a list of processes shows: write \"Basic …\" into a file, for --token-file")
	}
	if isAddress(what) {
		source.BaseURL, source.LinkBases = strings.TrimSuffix(what, "/"), append(source.LinkBases, source.BaseURL)
		entries, unread, err = o.ask(ctx, cmd, source, &against)
	} else if err = isFile(what); err == nil {
		entries = check.Lines(func() (io.ReadCloser, error) { return os.Open(what) })
	}
	if err != nil {
		return err
	}
	report, err := check.Judge(entries, against)
	if err != nil {
		return err
	}
	if err := o.print(cmd.OutOrStdout(), source, report, known); err != nil {
		return err
	}
	if o.minShown > 0 && (report.Total.Judged() == 0 || report.Total.Share() < o.minShown) {
		return errors.Join(unread, fmt.Errorf("%.1f %% are shown, and --min-shown asks for %g %%", report.Total.Share(), o.minShown))
	}
	return unread
}

func (o *sourceOptions) print(out io.Writer, source upstreams.Source, report check.Report, known map[string]string) error {
	if !o.json {
		fmt.Fprintf(out, "What a professional of another organisation, with the patient's permission, would be shown of %s:\n\n", cmp.Or(source.Name, source.ID, "this source"))
		return report.Print(out, known)
	}
	to := json.NewEncoder(out)
	to.SetEscapeHTML(false)
	to.SetIndent("", "  ")
	return to.Encode(report)
}

// source finds the source that is checked. Whoever is about to join has declared none
// yet: what is named by its address or file need not be declared.
func (o *sourceOptions) source(cmd *cobra.Command, named bool) (upstreams.Source, error) {
	all, err := upstreams.Embedded()
	if o.sources != "" {
		declared, fault := folder(o.sources, nil)
		if fault != nil {
			return upstreams.Source{}, fault
		}
		all, err = upstreams.Load(declared)
	}
	if err != nil {
		return upstreams.Source{}, err
	}
	var ids []string
	for _, s := range all {
		if s.ID == o.sourceID {
			return s, nil
		}
		ids = append(ids, s.ID)
	}
	if named {
		if o.sourceID != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "No source %q is declared: it is judged as one that is about to join.\n", o.sourceID)
		}
		return upstreams.Undeclared(o.sourceID), nil
	}
	if o.sourceID == "" {
		return upstreams.Source{}, misused("--source is missing; the sources are %s", strings.Join(ids, ", "))
	}
	return upstreams.Source{}, misused("there is no source %q; the sources are %s (--sources names another folder)", o.sourceID, strings.Join(ids, ", "))
}

// against is what the entries are held against: the plan of a professional whom the
// patient said yes to, by the policies themselves.
func (o *sourceOptions) against(ctx context.Context, source upstreams.Source) (a check.Against, known map[string]string, err error) {
	id := strings.TrimPrefix(o.patient, "Patient/")
	if !fhir.IsID(id) {
		return a, nil, misused("--patient: give the source's own id, as in Patient/p1")
	}
	number := o.number
	if number == "" {
		number = fileNumber
	}
	n, err := nhs.ParseNumber(strings.ReplaceAll(number, " ", ""))
	if err != nil {
		return a, nil, misused("--nhs-number: %w", err)
	}
	if o.minShown < 0 || o.minShown > 100 {
		return a, nil, misused("--min-shown: give a percentage")
	}
	rules, err := folder(o.policies, policies.FS)
	if err != nil {
		return a, nil, err
	}
	rev, err := decision.Load(ctx, rules, decision.Options{})
	if err != nil {
		return a, nil, err
	}
	plan, err := decision.NewEngine(rev).PermittedPlan(ctx, source.Holder(), time.Now())
	if err != nil {
		return a, nil, err
	}
	return check.Against{Owner: fhir.Owner{Numbers: []nhs.Number{n}, LocalIDs: []string{id}}, Plan: plan, Base: source.BaseURL, Further: source.LinkBases}, rev.CodeSystems(), nil
}

// ask asks the source itself. unread says what of it could not be read.
func (o *sourceOptions) ask(ctx context.Context, cmd *cobra.Command, source upstreams.Source, a *check.Against) (entries check.Entries, unread, err error) {
	header, err := o.header()
	if err != nil {
		return nil, nil, err
	}
	asker, err := check.NewAsker(source, header, o.limits, nil)
	if err != nil {
		return nil, nil, usageError{err}
	}
	a.Base, a.Further = source.BaseURL, source.LinkBases
	got, err := asker.Ask(ctx, a.Owner.LocalIDs[0])
	if err != nil {
		return nil, nil, err
	}
	if o.number == "" {
		if a.Owner.Numbers = nil; !got.Patient.Number.IsZero() {
			a.Owner.Numbers = []nhs.Number{got.Patient.Number}
		}
	}
	note := func(what string, types []string) {
		if len(types) > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", what, strings.Join(types, ", "))
		}
	}
	note("The source does not offer", got.NotOffered)
	note("Not all was asked for (--pages, --max) of", slices.Compact(got.Cut))
	if len(got.LinkBases) > 0 {
		got.Failed = append(got.Failed, lacksBases(source, got.LinkBases))
	}
	return got.All(), errors.Join(got.Failed...), nil
}

// lacksBases is the line that the source's file needs for its pages to be followed.
func lacksBases(source upstreams.Source, more []string) error {
	var all []string
	for _, base := range append(slices.Clone(source.LinkBases), more...) {
		if one := strconv.Quote(base); base != "" && base != source.BaseURL && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return fmt.Errorf("the source writes its next links below another address, and a broker would miss those pages; put this line into sources/%s.yaml:\nlink_bases: [%s]",
		cmp.Or(source.ID, "ID"), strings.Join(all, ", "))
}

// header is what the source is told of who asks.
func (o *sourceOptions) header() (http.Header, error) {
	text := os.Getenv("MCR_SOURCE_TOKEN")
	if o.tokenFile != "" {
		raw, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return nil, misused("--token-file: the file cannot be read")
		}
		text = string(raw)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		if o.tokenFile != "" {
			return nil, misused("--token-file: the file is empty")
		}
		return nil, nil
	}
	name, value, named := strings.Cut(text, ": ")
	switch {
	case named:
	case strings.Contains(text, " "):
		name, value = "Authorization", text
	default:
		name, value = "Authorization", "Bearer "+text
	}
	if value = strings.TrimSpace(value); !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return nil, misused(`--token-file: give a token, "Basic …", or "Header: value", on one line`)
	}
	return http.Header{http.CanonicalHeaderKey(name): {value}}, nil
}
