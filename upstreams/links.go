package upstreams

import (
	"net/url"
	"slices"
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

// Relative turns a link to a further page that the source wrote into a target
// relative to its base: "Observation?page=2". A link to any other place is not
// followed, unless it is the place that was asked itself: many sources write the pages
// of "Observation/1/_history" below that. One that is too long is not followed either:
// sealed, it would be longer than an address may be (attack 304).
func (l Links) Relative(link, asked string) (target string, ok bool) {
	const longest = 2048
	if len(link) > longest {
		return "", false
	}
	rest, query, ok := l.below(link, func(rest string) bool {
		return isPlain(rest) && !strings.Contains(rest, "..") || rest == asked && isPath(rest)
	})
	return rest + "?" + query, ok
}

// BaseOf finds the base under which a source wrote the link to a further page of a type,
// where that is none of those that are known: what link_bases has to name for the link to
// be followed. A guess, which asking the source by it bears out. What is below a known
// base, and not followed, no other base mends.
func (l Links) BaseOf(link, typ string) (base string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || !u.IsAbs() || u.User != nil || u.Fragment != "" || len(l) == 0 {
		return "", false
	}
	path := strings.TrimSuffix(strings.TrimSuffix(u.EscapedPath(), "/"), "/"+typ)
	if own := strings.Split(strings.Trim(l[0].Path, "/"), "/"); own[len(own)-1] != "" {
		// Most often the path, or its end, is the same, and the machine another.
		if at := strings.LastIndex(path+"/", "/"+own[len(own)-1]+"/"); at >= 0 {
			path = path[:at+1+len(own[len(own)-1])]
		}
	}
	base = u.Scheme + "://" + u.Host + path
	if CheckBase(base) != nil {
		return "", false
	}
	for _, known := range l {
		if known.Scheme == u.Scheme && known.Host == u.Host && strings.HasPrefix(path+"/", known.Path) {
			return "", false
		}
	}
	more, err := l.With(base)
	if err != nil {
		return "", false
	}
	_, ok = more.Relative(link, "")
	return base, ok
}

// With gives the bases with one more.
func (l Links) With(base string) (Links, error) {
	more, err := Source{BaseURL: base}.Links()
	return append(slices.Clip(l), more...), err
}

// Document turns the address of a document into a target relative to the source's
// base: "Binary/1". An operation is no address of a document: "$" is in none.
func (l Links) Document(address string) (target string, ok bool) {
	const longest = 1024
	if len(address) > longest {
		return "", false
	}
	rest, query, ok := l.below(address, isPath)
	if query != "" {
		rest += "?" + query
	}
	return rest, ok
}

// below finds what an address of the source's is, relative to one of its bases. One
// that leads to any other place, or is not allowed, is none.
func (l Links) below(link string, allowed func(rest string) bool) (rest, query string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return "", "", false
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
		if rest = strings.TrimPrefix(rest, "/"); !allowed(rest) {
			continue
		}
		query, err := url.ParseQuery(at.RawQuery)
		if err != nil {
			return "", "", false
		}
		return rest, query.Encode(), true
	}
	return "", "", false
}

// isPath reports whether a path consists of plain segments, none of which leads
// upwards.
func isPath(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment[0] == '.' || !isPlain(segment) {
			return false
		}
	}
	return true
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
