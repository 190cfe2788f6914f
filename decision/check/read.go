package check

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// readData reads the lists of data/ and the schema, as JSON with places.
func (c *checker) readData() {
	for _, file := range slices.Sorted(maps.Keys(c.text)) {
		k := kindOf(file)
		if k != dataFile && k != codeListFile && k != schemaFile || c.unread[file] {
			continue
		}
		root, faults := readJSON(file, c.text[file])
		c.add(faults...)
		if len(faults) > 0 {
			c.unread[file] = true
			continue
		}
		c.json[file] = root
		if k == dataFile {
			c.data[strings.TrimSuffix(path.Base(file), ".json")] = root.plain()
		}
	}
}

// plain is the value as encoding/json gives it.
func (b *branch) plain() any {
	switch b.kind {
	case '{':
		out := map[string]any{}
		for i, name := range b.names {
			out[name] = b.children[i].plain()
		}
		return out
	case '[':
		out := make([]any, len(b.children))
		for i, child := range b.children {
			out[i] = child.plain()
		}
		return out
	}
	return b.value
}
