package clickhouse

import (
	"crypto/tls"
	"errors"
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
	rest := strings.TrimPrefix(dsn, Scheme)
	user := rest[:max(0, strings.LastIndexByte(rest, '@'))]
	// A password that is not escaped could be taken for a host, and be told as one.
	if err != nil || !strings.HasPrefix(dsn, Scheme) || strings.ContainsAny(user, "/?#@") {
		return Options{}, errors.New("reading the address of ClickHouse: write it as clickhouse://user:password@host:9440/database?secure=true, with / ? # @ of a password escaped")
	}
	opt := Options{Database: strings.Trim(u.Path, "/"), User: u.User.Username()}
	opt.Password, _ = u.User.Password()
	if u.Host != "" {
		opt.Addresses = strings.Split(u.Host, ",")
	}
	for name, values := range u.Query() {
		if name != "secure" || len(values) != 1 || (values[0] != "true" && values[0] != "false") {
			return Options{}, errors.New("reading the address of ClickHouse: of parameters there is only secure=true or secure=false")
		}
		if values[0] == "true" {
			opt.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	return opt, nil
}
