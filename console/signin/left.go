package signin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// left tells the page's script how many seconds the session has. It is no use of
// the session: a page that lies open must not keep it alive.
func (room *Room) left(w http.ResponseWriter, r *http.Request) {
	seconds := 0
	if s, ok := room.sessions.peek(room.cookies.sessionID(r)); ok {
		// Rounded up: a script that leaves a fraction of a second early would say "signed
		// out" while the session can still be used.
		seconds = int((room.sessions.left(s) + time.Second - 1) / time.Second)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"left": seconds}) // the browser may have gone
}

// stay is "I am still here".
func (room *Room) stay(w http.ResponseWriter, _ *http.Request, _ *page.Person) {
	w.WriteHeader(http.StatusNoContent)
}
