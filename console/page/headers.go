package page

import "net/http"

// policy lets a page load its own two files and talk to its own origin, and
// nothing else: no inline script or style, no frame, no form to another place.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Guard sets the safety headers of every answer of the console, whatever answers, and
// packs it where that is safe (compress).
func Guard(next http.Handler) http.Handler {
	next = compress(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: of a page that forbids it, browsers send a form with "Origin:
		// null" (Fetch §3.2), which is refused, and old ones say nothing else of where it
		// is from. Other sites learn nothing either way.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}
