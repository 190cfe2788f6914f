package caddymodule

// The tests look at a server that is not running yet by an app of their own.
func init() { apps = append(apps, "probe") }
