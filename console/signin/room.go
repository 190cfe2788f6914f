package signin

import (
	"embed"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/mycarerecord/mcr/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Room is where people sign in and out, and the door to every other room.
type Room struct {
	cfg      Config
	host     string
	pages    *page.Set
	cookies  cookies
	sessions *Sessions
	provider *provider
}

// New opens the room; all faults of the configuration come at once. The issuer is not
// asked before somebody signs in.
func New(cfg Config) (*Room, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	at, _ := url.Parse(cfg.PublicURL) // was parsed by complete
	room := &Room{cfg: cfg, host: hostOf(at), cookies: newCookies(cfg.Base, at.Scheme == "https"), sessions: cfg.Sessions}
	var err error
	if room.provider, err = newProvider(cfg); err != nil {
		return nil, err
	}
	if room.pages, err = page.New(cfg.Base, templates, nil); err != nil {
		return nil, err
	}
	return room, nil
}

// Mount gives every page with its pattern below the console's path.
func (room *Room) Mount(at func(pattern string, h http.Handler)) {
	at("GET /sign-in", http.HandlerFunc(room.begin))
	at("GET /callback", http.HandlerFunc(room.callback))
	at("GET /role", http.HandlerFunc(room.roles))
	at("POST /role", http.HandlerFunc(room.choose))
	at("GET /session", http.HandlerFunc(room.left))
	at("POST /session", room.SignedIn(room.stay))
	at("POST /sign-out", http.HandlerFunc(room.signOut))
	at("GET /signed-out", http.HandlerFunc(room.signedOut))
}

// Start is the first page: what this is and how to sign in; or home, for somebody who
// is signed in.
func (room *Room) Start(home page.Handler) http.Handler {
	signedIn := room.SignedIn(home)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := room.sessions.peek(room.cookies.sessionID(r)); !ok {
			room.render(w, r, nil, http.StatusOK, "sign-in", signInPage{})
			return
		}
		signedIn.ServeHTTP(w, r)
	})
}

func (room *Room) render(w http.ResponseWriter, r *http.Request, who *page.Person, status int, name string, data any) {
	room.pages.Render(w, r, who, status, name, data)
}

func (room *Room) log(r *http.Request, message string, err error) {
	room.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, message, slog.Any("error", err))
}
