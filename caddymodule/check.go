package caddymodule

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/broker"
)

// errOnlyChecked is why nothing is served by a configuration whose broker is marked so.
var errOnlyChecked = errors.New("this configuration was only checked")

// Found is what is wrong with a configuration.
type Found struct {
	// Faults keep it from being taken over, or from working. Each is one text: "file:line: what
	// is wrong, and the remedy", or, of a JSON configuration, "at path: what is wrong".
	Faults []string
	// Warnings say what could not be found out.
	Warnings []string
}

// CheckFile gives everything that is wrong with a Caddyfile, and makes and changes nothing.
// Faults of Caddy's own directives are among them; of those Caddy tells the first. offline
// leaves out what only others can say: the trail's store and the issuers.
func CheckFile(ctx context.Context, file string, text []byte, offline bool) Found {
	written, err := Read(file, text)
	if err != nil {
		return Found{Faults: []string{err.Error()}}
	}
	config, caddys := written.adapt(file, text)
	app, whole := written.App(), (*loading)(nil)
	if caddys == nil {
		app, whole, caddys = decode(config)
	}
	var found Found
	faults := slices.Clone(written.faults)
	if caddys != nil && strings.Contains(caddys.Error(), twoBlocks) {
		caddys, app = nil, new(App) // it is told, and which of the two counts is not known
	} else if app != nil {
		more, warnings := app.checkAll(ctx, whole, offline)
		for _, one := range more {
			if !written.follows(one) {
				faults = append(faults, one)
			}
		}
		for _, one := range warnings {
			found.Warnings = append(found.Warnings, written.Tell(one.Error()))
		}
	} else {
		faults = append(faults, misplaced{cmp.Or(written.beginning(), file+":1"), noBlock})
	}
	if caddys == nil && config != nil {
		caddys = validate(config)
	}
	if caddys != nil {
		faults = append(faults, caddys)
	}
	for _, one := range faults {
		found.Faults = append(found.Faults, written.Tell(one.Error()))
	}
	slices.SortStableFunc(found.Faults, byPlace)
	found.Faults = slices.Compact(found.Faults)
	return found
}

const noBlock = "there is no broker block: write one in the global block, as the Caddyfile that comes with mcr does"

// errNoBlock keeps a configuration from being taken over that would serve what it serves, a
// source perhaps, without a broker.
var errNoBlock = errors.New(noBlock)

// CheckJSON is CheckFile of a configuration in JSON.
func CheckJSON(ctx context.Context, config []byte, offline bool) (found Found) {
	app, whole, err := decode(config)
	if app != nil {
		faults, warnings := app.checkAll(ctx, whole, offline)
		for _, one := range faults {
			found.Faults = append(found.Faults, one.Error())
		}
		for _, one := range warnings {
			found.Warnings = append(found.Warnings, one.Error())
		}
	} else if err == nil {
		found.Faults = append(found.Faults, Fault{inBroker, "there is no broker app"}.Error())
	}
	if err == nil {
		err = validate(config)
	}
	if err != nil {
		found.Faults = append(found.Faults, err.Error())
	}
	return found
}

// decode takes the broker's part out of a configuration, and what stands beside it.
func decode(config []byte) (*App, *loading, error) {
	var c caddy.Config
	if err := caddy.StrictUnmarshalJSON(caddy.RemoveMetaFields(config), &c); err != nil {
		return nil, nil, fmt.Errorf("decoding the configuration: %w", err)
	}
	raw := c.AppsRaw["broker"]
	if raw == nil {
		return nil, nil, nil
	}
	app := new(App)
	if err := caddy.StrictUnmarshalJSON(raw, app); err != nil {
		return nil, nil, Fault{inBroker, err.Error()}
	}
	whole := loading{&c}
	return app, &whole, nil
}

// checkAll gives everything that is wrong with a configuration, and makes nothing.
func (a *App) checkAll(ctx context.Context, whole *loading, offline bool) (faults, warnings []error) {
	a.checking = true
	a.log = slog.New(slog.DiscardHandler)
	a.defaults()
	defer func() {
		if a.verifier != nil {
			_ = a.verifier.Close()
		}
	}()
	faults = append(a.read(ctx, whole), a.tryData()...)
	if !offline {
		more, unsure := a.askOthers(ctx)
		faults, warnings = append(faults, more...), unsure
	}
	return faults, warnings
}

// validate has Caddy provision a configuration of which ours is left out: it finds what is
// wrong with its own part. What it would make, it makes in a folder that goes again.
func validate(config []byte) error {
	var c *caddy.Config
	if err := caddy.StrictUnmarshalJSON(caddy.RemoveMetaFields(config), &c); err != nil {
		return fmt.Errorf("decoding the configuration: %w", err)
	}
	c.AppsRaw["broker"] = json.RawMessage(`{"id":"checked","only_checked":true}`)
	folder, err := os.MkdirTemp("", "mcr-check-")
	if err != nil {
		return fmt.Errorf("Caddy's own directives are not checked, since there is no folder for what they make: %w; set TMPDIR", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it lies where the system clears up
	c.StorageRaw = json.RawMessage(fmt.Sprintf(`{"module":"file_system","root":%q}`, folder))
	if c.Logging == nil {
		c.Logging = new(caddy.Logging)
	}
	if c.Logging.Logs == nil {
		c.Logging.Logs = map[string]*caddy.CustomLog{}
	}
	if c.Logging.Logs[caddy.DefaultLoggerName] == nil {
		c.Logging.Logs[caddy.DefaultLoggerName] = new(caddy.CustomLog)
	}
	for _, log := range c.Logging.Logs {
		quieten(&log.BaseLog)
	}
	if c.Logging.Sink != nil {
		quieten(&c.Logging.Sink.BaseLog)
	}
	return caddy.Validate(c)
}

// quieten keeps a log from making its file, and from telling what is begun and ended only to
// be looked at: a person reads the faults, and nothing between them.
func quieten(log *caddy.BaseLog) {
	if level := strings.ToUpper(log.Level); level == "" || level == "INFO" || level == "DEBUG" {
		log.Level = "WARN"
	}
	if raw := string(log.WriterRaw); raw != "" && !strings.Contains(raw, `"stderr"`) && !strings.Contains(raw, `"stdout"`) {
		log.WriterRaw = json.RawMessage(`{"output":"discard"}`)
	}
}

// follows says that a fault follows from one of the Caddyfile itself: of what stands in the
// same line, or is missing in a block in which something could not be understood.
func (w *Written) follows(err error) bool {
	f, ok := errors.AsType[Fault](err)
	if !ok || len(w.faults) == 0 {
		return false
	}
	at, exact := w.Place(f.Path)
	in := map[string]bool{at: true}
	if !exact {
		w.block(at, in)
	}
	return slices.ContainsFunc(w.faults, func(fault error) bool {
		m, ok := errors.AsType[misplaced](fault)
		return ok && in[m.place]
	})
}

// block adds the places of all that stands in the block of a line.
func (w *Written) block(at string, to map[string]bool) {
	var look func([]line)
	look = func(lines []line) {
		for _, l := range lines {
			if l.place() == at {
				for _, t := range l.tokens {
					to[whereIs(t)] = true
				}
			}
			look(l.lines)
		}
	}
	look(w.global)
	for _, s := range w.sites {
		look(s.lines)
	}
}

var placed = regexp.MustCompile(`^(.+?):(\d+)\b`)

// byPlace sorts faults by file and line.
func byPlace(one, other string) int {
	a, b := placed.FindStringSubmatch(one), placed.FindStringSubmatch(other)
	switch {
	case a == nil || b == nil:
		return cmp.Compare(len(b), len(a)) // those without a place come last
	case a[1] != b[1]:
		return strings.Compare(a[1], b[1])
	}
	x, _ := strconv.Atoi(a[2])
	y, _ := strconv.Atoi(b[2])
	return cmp.Compare(x, y)
}

// folder says what is wrong with a folder that is named.
func folder(field, path string) []error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return at(inBroker+"."+field, fmt.Errorf("%s: there is no folder %s; make it, or name the one that is meant", field, path))
	case err != nil:
		return at(inBroker+"."+field, fmt.Errorf("%s: %w", field, err))
	case !info.IsDir():
		return at(inBroker+"."+field, fmt.Errorf("%s: %s is a file; name the folder that it is in", field, path))
	}
	if _, err := os.ReadDir(path); err != nil {
		return at(inBroker+"."+field, fmt.Errorf("%s: %w; let this program's user read it", field, err))
	}
	return nil
}

// file says what is wrong with a file that is named.
func file(field, path string) []error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return at(inBroker+"."+field, fmt.Errorf("%s: there is no file %s; make it, or name the one that is meant", field, path))
	case err == nil && info.IsDir():
		return at(inBroker+"."+field, fmt.Errorf("%s: %s is a folder; name a file", field, path))
	case err == nil:
		var f *os.File
		if f, err = os.Open(path); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		return at(inBroker+"."+field, fmt.Errorf("%s: %w; let this program's user read it", field, err))
	}
	return nil
}

// handlerFields are the fields of a broker by the words with which its faults begin.
var handlerFields = []string{"base_url", "public_url", "path", "transport", "fail_duration", "health_uri", "health_interval", "require_scope", "require_smart_scopes", "smart", "cors", "alone", "source"}

// check gives what is wrong with the options of one broker.
func (h *Handler) check(path string) (faults []error) {
	add := func(err error) {
		for _, one := range takenApart(err) {
			field := "source"
			for _, name := range handlerFields {
				if strings.HasPrefix(strings.TrimPrefix(one.Error(), "broker: "), name) || strings.Contains(one.Error(), ": "+name+":") {
					field = name
					break
				}
			}
			faults = append(faults, at(path+"."+field, one)...)
		}
	}
	source, err := h.declared()
	if err != nil {
		add(err)
		return faults
	}
	add(broker.Config{
		Broker: cmp.Or(h.app.ID, "unnamed"), Source: source, Path: h.Path, PublicURL: h.PublicURL,
		Smart: (*broker.Smart)(h.Smart), Scopes: h.Scopes.asked(), Origins: h.CORS.Origins,
	}.Check())
	add(h.checkWay(source))
	return faults
}
