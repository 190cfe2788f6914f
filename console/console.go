package console

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/console/assets"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/signin"
)

//go:embed templates/*.html
var templates embed.FS

// Console is the web pages, an http.Handler for everything below Config.Path.
type Console struct {
	cfg     Config
	pages   *page.Set
	door    *signin.Room
	http    *http.Client
	handler http.Handler
}

// New makes a console; all faults of the configuration come at once. The issuer is
// not asked before somebody signs in.
func New(cfg Config) (*Console, error) {
	faults := cfg.complete()
	c := &Console{cfg: cfg, http: brokerClient(cfg.Client)}
	var err error
	if c.door, err = signin.New(c.signIn()); errors.Join(faults, err) != nil {
		return nil, fmt.Errorf("configuring the console: %w", errors.Join(faults, err))
	}
	if c.pages, err = page.New(cfg.Path, templates, c.words()); err != nil {
		return nil, fmt.Errorf("configuring the console: %w", err)
	}
	mux := http.NewServeMux()
	c.own(mux)
	if err := c.rooms(mux); err != nil {
		return nil, fmt.Errorf("configuring the console: %w", err)
	}
	c.handler = page.Guard(c.door.Guard(mux))
	return c, nil
}

// ServeHTTP serves the pages.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// own mounts the pages of this package.
func (c *Console) own(mux *http.ServeMux) {
	at := c.plain(mux)
	at("GET /assets/{file}", assets.Handler())
	at("GET /{$}", c.door.Start(c.start))
	c.door.Mount(at)

	at("GET /patients", c.patients(c.findPage))
	at("POST /patients", c.patients(c.find))
	at("GET /patients/{ref}", c.about(c.patientPage))
	at("POST /patients/{ref}", c.about(c.confirm))
	at("GET /patients/{ref}/ask", c.about(c.askPage))
	at("POST /patients/{ref}/ask", c.about(c.ask))
	at("GET /patients/{ref}/emergency", c.about(c.emergencyPage))
	at("POST /patients/{ref}/emergency", c.about(c.emergency))
	at("GET /patients/{ref}/withdraw", c.about(c.withdrawPage))
	at("POST /patients/{ref}/withdraw", c.about(c.withdraw))

	mux.Handle(c.cfg.Path+"/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.render(w, r, nil, http.StatusNotFound, "fault", "not-found")
	}))
}

func (c *Console) render(w http.ResponseWriter, r *http.Request, who *page.Person, status int, name string, data any) {
	c.pages.Render(w, r, who, status, name, data)
}

// patients runs a page of the room for patients.
func (c *Console) patients(h page.Handler) http.Handler {
	return c.door.Within(func(a page.Areas) bool { return a.Patients }, h)
}

func (c *Console) log(r *http.Request, message string, err error) {
	c.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, message, slog.Any("error", err))
}

// words are the functions of this package's templates.
func (c *Console) words() template.FuncMap {
	return template.FuncMap{
		"spaced": spaced,
		"born": func(text string) string {
			t, err := time.Parse(time.DateOnly, text)
			if err != nil {
				return text
			}
			return t.Format("2 January 2006")
		},
		"way":    func(code string) string { return wayText(code) },
		"within": func(d time.Duration) int { return int(d.Minutes()) },
	}
}
