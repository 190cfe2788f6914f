package console

import "net/http"

// rooms mounts the rooms below the console: the record, the trail, the rules.
func (c *Console) rooms(mux *http.ServeMux) error { return nil }
