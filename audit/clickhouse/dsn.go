package clickhouse

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Scheme begins every address of a trail in ClickHouse.
const Scheme = "clickhouse://"

// ParseDSN reads an address such as
// "clickhouse://user:password@host:9440,other:9440/database?secure=true".
// secure is the only parameter; without it the connection is not encrypted.
// Errors never hold the address, since it may hold a password.
func ParseDSN(dsn string) (Options, error) {
	u, err := url.Parse(dsn)
	if err != nil || !strings.HasPrefix(dsn, Scheme) {
		return Options{}, errors.New("reading the address of ClickHouse: write it as clickhouse://user:password@host:9440/database?secure=true")
	}
	opt := Options{Database: strings.Trim(u.Path, "/"), User: u.User.Username()}
	opt.Password, _ = u.User.Password()
	if u.Host != "" {
		opt.Addresses = strings.Split(u.Host, ",")
	}
	for name, values := range u.Query() {
		if name != "secure" || len(values) != 1 || (values[0] != "true" && values[0] != "false") {
			return Options{}, fmt.Errorf("reading the address of ClickHouse: parameter %q: there is only secure=true or secure=false", name)
		}
		if values[0] == "true" {
			opt.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	return opt, nil
}
