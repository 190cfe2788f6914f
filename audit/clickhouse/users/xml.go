package users

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// XML gives the file for /etc/clickhouse-server/users.d of every server of the trail.
// Passwords are read from the server's environment, SHA-256 digests in hex, by names such
// as MCR_WRITER_PASSWORD_SHA256; without one of them the server does not start. Errors
// wrap ErrPlan.
//
// Here nobody else can be closed out: ClickHouse lets a user of XML who has no filter on
// a table read all of it, whatever users_without_row_policies_can_read_rows says.
func (p Plan) XML() (string, error) {
	p, err := p.complete()
	if err != nil {
		return "", err
	}
	users, _ := p.all()
	d := &document{}
	d.raw(0, `<!-- Who may use the trail's ClickHouse: for /etc/clickhouse-server/users.d/ of every server. Made by
     mcr audit access, which makes the same as SQL; use one of the two. docs/clickhouse.md says who may what. Each
     password is the SHA-256 in hex that stands in the server's environment: without one of them the server does
     not start.

     A user of another file who is granted these tables and has no filter on them sees every organisation's records.
     Grant them to nobody else. -->`)
	d.open(0, "clickhouse")
	d.open(1, "profiles")
	d.open(2, profile)
	for _, s := range asking {
		if s.why != "" {
			d.raw(3, "<!-- "+s.why+" -->")
		}
		d.text(3, s.name, s.value)
	}
	d.open(3, "constraints")
	for _, s := range asking {
		if s.max != "" {
			d.raw(4, "<!-- Grafana's client sends its own, and 5 s more, which must be allowed. -->")
			d.open(4, s.name)
			d.text(5, "min", "1")
			d.text(5, "max", s.max)
			d.raw(5, "<changeable_in_readonly/>")
			d.close(4, s.name)
		}
	}
	d.close(3, "constraints")
	d.close(2, profile)
	d.close(1, "profiles")
	d.open(1, "quotas")
	d.raw(2, "<!-- A dashboard that is open on a wall asks some twenty questions a minute. -->")
	d.open(2, profile)
	d.open(3, "interval")
	d.text(4, "duration", "3600")
	d.text(4, "queries", fmt.Sprint(hourly.queries))
	d.text(4, "execution_time", fmt.Sprint(hourly.seconds))
	d.close(3, "interval")
	d.close(2, profile)
	d.close(1, "quotas")
	d.open(1, "users")
	for i, u := range users {
		if i > 0 {
			d.raw(0, "")
		}
		d.raw(2, "<!-- "+u.what+" -->")
		d.open(2, u.name)
		d.raw(3, `<password_sha256_hex from_env="`+Variable(u.name)+`"/>`)
		d.open(3, "networks")
		for _, n := range p.Networks {
			d.text(4, "ip", n)
		}
		d.close(3, "networks")
		settings, quota := "default", "default"
		if u.role.asks {
			settings, quota = profile, profile
		}
		d.text(3, "profile", settings)
		d.text(3, "quota", quota)
		d.open(3, "grants")
		for _, g := range u.role.grants {
			d.text(4, "query", "GRANT "+p.grant(g))
		}
		d.close(3, "grants")
		d.open(3, "databases")
		d.open(4, p.Database)
		for _, table := range filtered() {
			if filter, has := p.filter(u, table); has {
				d.open(5, table)
				d.text(6, "filter", filter)
				d.close(5, table)
			}
		}
		d.close(4, p.Database)
		d.close(3, "databases")
		d.close(2, u.name)
	}
	d.close(1, "users")
	d.close(0, "clickhouse")
	return d.String(), nil
}

// Variable gives the name under which a user's digest stands in a server's environment.
func Variable(user string) string { return strings.ToUpper(user) + "_PASSWORD_SHA256" }

// document is XML that is written from top to bottom.
type document struct{ strings.Builder }

func (d *document) raw(depth int, text string) {
	fmt.Fprintln(d, strings.TrimRight(indent(depth)+text, " "))
}
func (d *document) open(depth int, name string)  { d.raw(depth, "<"+name+">") }
func (d *document) close(depth int, name string) { d.raw(depth, "</"+name+">") }

func (d *document) text(depth int, name, value string) {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(value)) // a Builder takes everything
	d.raw(depth, "<"+name+">"+strings.ReplaceAll(escaped.String(), "&#39;", "'")+"</"+name+">")
}
