package page

import "strings"

// item is one entry of the navigation.
type item struct {
	Path, Name string
	Current    bool
}

// area is an entry of the navigation, current when here is in that room.
func area(here, path, name string) item {
	rest, ok := strings.CutPrefix(here, path)
	return item{path, name, ok && (rest == "" || rest[0] == '/')}
}
