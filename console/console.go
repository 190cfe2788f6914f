package console

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/assets"
	"github.com/mycarerecord/mcr/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Console is the web pages, an http.Handler for everything below Config.Path.
type Console struct {
	cfg      Config
	host     string
	pages    *page.Set
	cookies  cookies
	sessions *sessions
	provider *provider
	http     *http.Client
	handler  http.Handler
}

// New makes a console; all faults of the configuration come at once. The issuer is
// not asked before somebody signs in.
func New(cfg Config) (*Console, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("configuring the console: %w", err)
	}
	at, _ := url.Parse(cfg.PublicURL) // was parsed by complete
	c := &Console{
		cfg: cfg, host: hostOf(at), cookies: newCookies(cfg.Path, at.Scheme == "https"),
		sessions: newSessions(cfg.Idle, cfg.Longest, cfg.Clock), provider: newProvider(cfg), http: brokerClient(cfg.Client),
	}
	if cfg.Sessions != nil {
		c.sessions = cfg.Sessions
	}
	var err error
	if c.pages, err = page.New(cfg.Path, templates, c.words()); err != nil {
		return nil, fmt.Errorf("configuring the console: %w", err)
	}
	mux := http.NewServeMux()
	c.own(mux)
	if err := c.rooms(mux); err != nil {
		return nil, fmt.Errorf("configuring the console: %w", err)
	}
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.render(w, r, nil, http.StatusForbidden, "fault", "forged")
	}))
	c.handler = page.Guard(c.hostOnly(origin.Handler(mux)))
	return c, nil
}

// hostOf is the host as browsers name it in a request: without the scheme's own port.
func hostOf(u *url.URL) string {
	if u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http" {
		return strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Host
}

// ServeHTTP serves the pages.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// own mounts the pages of this package.
func (c *Console) own(mux *http.ServeMux) {
	at := c.plain(mux)
	at("GET /assets/{file}", assets.Handler())
	at("GET /{$}", http.HandlerFunc(c.start))
	at("GET /sign-in", http.HandlerFunc(c.begin))
	at("GET /callback", http.HandlerFunc(c.callback))
	at("GET /role", http.HandlerFunc(c.roles))
	at("POST /role", http.HandlerFunc(c.choose))
	at("GET /session", http.HandlerFunc(c.left))
	at("POST /session", c.signedIn(c.stay))
	at("POST /sign-out", http.HandlerFunc(c.signOut))
	at("GET /signed-out", http.HandlerFunc(c.signedOut))

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
	return c.within(func(a page.Areas) bool { return a.Patients }, h)
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
