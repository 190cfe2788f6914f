package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/durable"
)

// RetentionFile is the file in the data folder with the periods that were in force last: the
// Caddyfile sets them, and mcr audit retain, for which the broker is stopped, goes by them.
const RetentionFile = "retention.json"

// periods gives for how long records are kept.
func (a *App) periods() retention.Periods {
	if a.Retention == nil {
		return retention.DefaultPeriods()
	}
	return a.Retention
}

// keepRetention writes the periods down for mcr audit retain.
func (a *App) keepRetention() error {
	text, err := json.Marshal(a.periods())
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	path := filepath.Join(a.shared.key, RetentionFile)
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, text) {
		return nil
	}
	if err := durable.Replace(path, text); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// Periods reads the periods that a broker with this data folder had in force last: the default
// ones when no broker that knows of periods ran on it yet.
func Periods(data string) (retention.Periods, error) {
	text, err := os.ReadFile(filepath.Join(data, RetentionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return retention.DefaultPeriods(), nil
	}
	if err != nil {
		return nil, err
	}
	p, err := retention.ParsePeriods(text)
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", RetentionFile, data, err)
	}
	return p, nil
}

// checkRetention says what is wrong with periods that did not come from a Caddyfile.
func (a *App) checkRetention() error {
	text, err := json.Marshal(a.Retention)
	if err == nil {
		_, err = retention.ParsePeriods(text)
	}
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// retention reads:
//
//	retention {
//		<class> <days>d | forever
//	}
func (r *reader) retention(into *retention.Periods) {
	*into = retention.Periods{}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		class := retention.Class(r.Val())
		if !slices.Contains(retention.Classes, class) {
			r.unknown(strings.ReplaceAll(strings.Trim(fmt.Sprint(retention.Classes), "[]"), " ", ", "))
			continue
		}
		var text string
		if r.text(&text); text == "" || text == "forever" {
			continue
		}
		const day = 24 * time.Hour
		d, err := caddy.ParseDuration(text)
		if err != nil || d < day || d%day != 0 {
			r.fault("%s: %q is neither a number of days, such as 2928d, nor forever", class, text)
			continue
		}
		(*into)[class] = retention.Days(d / day)
	}
}
