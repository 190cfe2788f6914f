package caddymodule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"
)

// reader reads options and collects their faults, each with file and line,
// instead of stopping at the first.
type reader struct {
	*caddyfile.Dispenser
	faults []error
	blocks map[int]*optionsRead // by their nesting
}

// optionsRead is what was read of one block.
type optionsRead struct {
	first map[string]string // where each option stands
	last  string
	at    string // where the last stands
}

// misplaced is a fault of a Caddyfile itself.
type misplaced struct {
	place string // file and line, as whereIs says them
	text  string
}

func (m misplaced) Error() string { return m.place + ": " + m.text }

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, *r.at(format, args...))
}

func (r *reader) at(format string, args ...any) *misplaced {
	return &misplaced{whereIs(r.Token()), fmt.Sprintf(format, args...)}
}

// repeatable are the options whose values add up, or of which each names something else.
// Of any other only one would count, and nobody knows which was meant.
var repeatable = map[string]bool{
	"issuer": true, "forwarded_by": true, "claim": true, "source": true, "origin": true,
	"require_scope": true, "clients": true, "also": true, "client": true, "audience": true, "algorithms": true, "scopes": true, "organisations": true, "roles": true, "capabilities": true,
	"trail_roles": true, "rules_roles": true, "region": true, "region_roles": true,
}

// NextBlock goes to the next option of a block. It notes one that stands there twice, and
// passes over a word that is left at the end of a line: it is no option.
func (r *reader) NextBlock(nesting int) bool {
	if !r.Dispenser.NextBlock(nesting) {
		delete(r.blocks, nesting)
		return false
	}
	if r.blocks == nil {
		r.blocks = map[int]*optionsRead{}
	}
	b := r.blocks[nesting]
	if b == nil {
		b = &optionsRead{first: map[string]string{}}
		r.blocks[nesting] = b
	}
	option, here := r.Val(), whereIs(r.Token())
	if here == b.at {
		r.fault("%s: %q is one value too many; take it away", b.last, option)
		r.RemainingArgs()
		return r.NextBlock(nesting)
	}
	if was, twice := b.first[option]; twice && !repeatable[option] {
		r.fault("%s: stands here twice, first at %s; keep one", option, was)
	} else if !twice {
		b.first[option] = here
	}
	b.last, b.at = option, here
	return true
}

// elsewhere names the block of an option that is none of another.
var elsewhere = map[string]string{
	"jwks_url": "issuer", "jwks_file": "issuer", "audience": "issuer", "algorithms": "issuer", "preset": "issuer", "claim": "issuer",
	"max_size": "spool", "min_free": "spool", "hold": "spool", "compare_every": "spool",
	"stale_after": "registry", "pool": "registry", "patients": "registry",
	"heartbeat": "proof", "every": "proof", "policy": "proof",
}

// unknown notes an option that there is none of, and passes over its block.
func (r *reader) unknown(known string) {
	remedy := ""
	if word := meant(r.Val(), strings.Split(known, ", ")); word != "" {
		remedy = fmt.Sprintf("; did you mean %s?", word)
	} else if block := elsewhere[r.Val()]; block != "" {
		remedy = fmt.Sprintf("; it belongs in %s", block)
	}
	r.fault("unknown option %q; there are: %s%s", r.Val(), known, remedy)
	r.RemainingArgs()
	for nesting := r.Nesting(); r.Dispenser.NextBlock(nesting); {
	}
}

// option is the option of this line, whichever of its values is read.
func (r *reader) option() string {
	if b := r.blocks[r.Nesting()-1]; b != nil {
		return b.last
	}
	return r.Val()
}

func (r *reader) text(into *string) {
	option := r.option()
	if !r.NextArg() {
		r.fault("%s: give a value", option)
		return
	}
	*into = r.Val()
}

func (r *reader) duration(into *caddy.Duration) {
	var text string
	option := r.option()
	r.text(&text)
	if text == "" {
		return
	}
	d, err := caddy.ParseDuration(text)
	if err != nil || d <= 0 {
		r.fault("%s: %q is not a duration; write it as 30s, 10m or 24h", option, text)
	}
	*into = caddy.Duration(d)
}

func (r *reader) number(into *int) {
	var text string
	option := r.option()
	r.text(&text)
	if text == "" {
		return
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		r.fault("%s: %q is not a number above nought", option, text)
		return
	}
	*into = n
}

func (r *reader) bytes(into *int64) {
	var text string
	option := r.option()
	r.text(&text)
	if text == "" {
		return
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<62 {
		r.fault("%s: %q is not a size; write it as 4GiB", option, text)
		return
	}
	*into = int64(n)
}

// walking reads: walking off | walking <patients> <duration>
func (r *reader) walking(a *App) {
	var most string
	r.text(&most)
	if most == "off" {
		a.WalkingMost = -1
		return
	}
	n, err := strconv.Atoi(most)
	if err != nil || n < 1 {
		r.fault("walking: give off, or a number of patients and a duration, as in: walking 30 10m")
		r.RemainingArgs() // the duration is no option of its own
		return
	}
	a.WalkingMost = n
	r.duration(&a.WalkingWithin)
}

// forwardedBy reads: forwarded_by <name> <public key>
func (r *reader) forwardedBy(a *App) {
	args := r.RemainingArgs()
	if len(args) != 2 {
		r.fault("forwarded_by: give a name and a public key, which stands in forwarding.pub in that collector's data folder, as in: forwarded_by wend-region 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
		return
	}
	if a.ForwardedBy == nil {
		a.ForwardedBy = map[string]string{}
	}
	if was, twice := a.ForwardedBy[args[1]]; twice {
		r.fault("forwarded_by: %s and %s have the same key", was, args[0])
	}
	a.ForwardedBy[args[1]] = args[0]
}

// registry reads: registry <file or address> { stale_after, pool, patients }
func (r *reader) registry(into *Registry) {
	r.text((*string)(&into.DSN))
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "stale_after":
			r.duration(&into.StaleAfter)
		case "pool":
			r.number(&into.Pool)
		case "patients":
			r.number(&into.Patients)
		default:
			r.unknown("stale_after, pool, patients")
		}
	}
}

func (r *reader) spool(s *Spool) {
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "max_size":
			r.bytes(&s.MaxBytes)
		case "min_free":
			r.bytes(&s.MinFree)
		case "hold":
			r.duration(&s.Hold)
		case "compare_every":
			r.duration(&s.CompareEvery)
		default:
			r.unknown("max_size, min_free, hold, compare_every")
		}
	}
}

func (r *reader) issuer() (i Issuer) {
	r.text(&i.Name)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "jwks_url":
			r.text(&i.JWKSURL)
		case "jwks_file":
			r.text(&i.JWKSFile)
		case "audience":
			i.Audience = r.list(i.Audience)
		case "algorithms":
			i.Algorithms = r.list(i.Algorithms)
		case "preset":
			r.text(&i.Preset)
		case "claim":
			r.claim(&i.Claims)
		case "scopes":
			i.Scopes = r.list(i.Scopes)
		case "require_bound":
			r.flag(&i.RequireBound)
		case "organisations":
			i.Organisations = r.list(i.Organisations)
		case "roles":
			i.Roles = r.list(i.Roles)
		case "clients":
			i.Clients = r.list(i.Clients)
		case "introspection":
			i.Introspection = r.introspection()
		case "userinfo":
			i.UserInfo = r.userInfo()
		case "refresh_every":
			r.duration(&i.RefreshEvery)
		case "max_age":
			r.duration(&i.MaxAge)
		default:
			r.unknown("jwks_url, jwks_file, audience, algorithms, preset, claim, scopes, require_bound, organisations, roles, clients, introspection, userinfo, refresh_every, max_age")
		}
	}
	return i
}

func (r *reader) list(into []string) []string {
	option := r.Val()
	args := r.RemainingArgs()
	if len(args) == 0 {
		r.fault("%s: give at least one value", option)
	}
	return append(into, args...)
}

// codes reads a list of codes. One with a placeholder is left as it is: it is read
// once the placeholder has its value.
func (r *reader) codes(into []string, what string, valid func(string) bool) []string {
	option, from := r.Val(), len(into)
	into = r.list(into)
	for _, text := range into[from:] {
		if !valid(text) && !strings.Contains(text, "{") {
			r.fault("%s: %q is no %s", option, text, what)
		}
	}
	return into
}

// claim reads: claim <what> <name>
func (r *reader) claim(c *Claims) {
	names := map[string]*string{
		"user": &c.User, "name": &c.Name, "role": &c.Role, "role_name": &c.RoleName, "organisation": &c.Organisation,
		"organisation_name": &c.OrgName, "client": &c.Client, "assurance": &c.Assurance, "session": &c.Session,
	}
	args := r.RemainingArgs()
	if len(args) != 2 || names[args[0]] == nil {
		r.fault("claim: give what it is (%s) and the claim's name, as in: claim organisation org_code",
			strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		return
	}
	*names[args[0]] = args[1]
}
