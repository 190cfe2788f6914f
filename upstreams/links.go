package upstreams

import (
	"net/url"
	"strings"
)

// Links are the bases under which a source writes addresses of its own, its base
// first, taken apart once.
type Links []*url.URL

// Links takes the source's bases apart.
func (s Source) Links() (Links, error) {
	var all Links
	for _, text := range append([]string{s.BaseURL}, s.LinkBases...) {
		u, err := url.Parse(text)
		if err != nil {
			return nil, err
		}
		u.Path = strings.TrimSuffix(u.Path, "/") + "/"
		all = append(all, u)
	}
	return all, nil
}

// Relative turns a link that the source wrote into a target relative to its base:
// "Observation?page=2". A link to any other place is not followed.
func (l Links) Relative(link string) (target string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return "", false
	}
	for _, base := range l {
		at := base.ResolveReference(u)
		if at.Scheme != base.Scheme || at.Host != base.Host {
			continue
		}
		rest, found := strings.CutPrefix(at.EscapedPath(), strings.TrimSuffix(base.Path, "/"))
		if !found || (rest != "" && rest[0] != '/') {
			continue // another place that begins with the same letters
		}
		rest = strings.TrimPrefix(rest, "/")
		if !isPlain(rest) || strings.Contains(rest, "..") {
			continue
		}
		query, err := url.ParseQuery(at.RawQuery)
		if err != nil {
			return "", false
		}
		return rest + "?" + query.Encode(), true
	}
	return "", false
}

// isPlain reports whether a path is one name that every server reads alike.
func isPlain(path string) bool {
	for i := range len(path) {
		c := path[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}
