package caddymodule

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// fixed is an option that cannot change while a broker runs: what has been opened, numbered
// and signed by it stays as long as the process.
type fixed struct {
	field string // in JSON
	name  string // in the Caddyfile
	value func(a *App) string
}

// fixedOptions is all that needs a restart. What is not in this list a reload takes over.
var fixedOptions = []fixed{
	{"id", "id", func(a *App) string { return a.ID }},
	{"data", "data", func(a *App) string { return absolute(a.Data) }},
	{"registry.dsn", "registry", func(a *App) string {
		if file := a.Registry.file(a.Data); file != "" {
			return absolute(file)
		}
		return withoutPassword(string(a.Registry.DSN))
	}},
	{"registry.stale_after", "registry stale_after", func(a *App) string { return time.Duration(a.Registry.StaleAfter).String() }},
	{"registry.pool", "registry pool", func(a *App) string { return strconv.Itoa(a.Registry.Pool) }},
	{"registry.patients", "registry patients", func(a *App) string { return strconv.Itoa(a.Registry.Patients) }},
	{"trail", "trail", func(a *App) string { return a.Trail.Kind + " " + withoutPassword(string(a.Trail.DSN)) }},
	{"spool.max_bytes", "spool max_size", func(a *App) string { return humanize.IBytes(uint64(max(0, a.Spool.MaxBytes))) }},
	{"spool.min_free", "spool min_free", func(a *App) string { return humanize.IBytes(uint64(max(0, a.Spool.MinFree))) }},
	{"spool.hold", "spool hold", func(a *App) string { return time.Duration(a.Spool.Hold).String() }},
	{"spool.compare_every", "spool compare_every", func(a *App) string { return time.Duration(a.Spool.CompareEvery).String() }},
	{"proof.origin", "proof origin", func(a *App) string { return a.Proof.Origin }},
	{"proof.every", "proof every", func(a *App) string { return time.Duration(a.Proof.Every).String() }},
	{"proof.heartbeat", "proof heartbeat", func(a *App) string { return time.Duration(a.Proof.Heartbeat).String() }},
	{"proof.policy", "proof policy", func(a *App) string { return a.Proof.Policy }},
	{"patient", "patient", func(a *App) string { return a.Patient }},
	{"max_held", "max_held", func(a *App) string { return humanize.IBytes(uint64(max(0, a.MaxHeld))) }},
	{"walking_most", "walking", func(a *App) string {
		if a.WalkingMost < 0 {
			return "off"
		}
		return fmt.Sprintf("%d %s", a.WalkingMost, time.Duration(a.WalkingWithin))
	}},
}

// needsRestart compares what needs a restart with what is in force, and touches nothing. The
// error names every option that changed, its old value and its new one.
func (a *App) needsRestart() error {
	now := inForce.Load()
	if now == nil {
		return nil
	}
	var changed []string
	for _, f := range fixedOptions {
		if old, wanted := f.value(now), f.value(a); old != wanted {
			changed = append(changed, Fault{inBroker + "." + f.field, fmt.Sprintf("%s: %s runs, and here stands %s", f.name, shown(old), shown(wanted))}.Error())
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return fmt.Errorf("these need a restart, and not a reload:\n%s\nstop mcr and start it again, or write the old values", strings.Join(changed, "\n"))
}

func shown(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

var password = regexp.MustCompile(`(://[^:@/]*:)(.*)(@[^@]*)$`)

// withoutPassword takes a password out of an address. A placeholder is none.
func withoutPassword(address string) string {
	m := password.FindStringSubmatch(address)
	if m == nil || late.MatchString(m[2]) {
		return address
	}
	return address[:len(address)-len(m[0])] + m[1] + "…" + m[3]
}
