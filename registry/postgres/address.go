package postgres

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Address is where a registry is, and as whom it is asked. It never holds a password.
type Address struct {
	user, database  string
	hosts           []host
	tls             bool
	root, cert, key string // paths of PEM files; root "" is what the system trusts
}

// host is a server: its name, or the folder of its unix socket, and port.
type host struct {
	name string
	port uint16
}

const defaultPort = 5432

// What an address is refused for. No error holds any of its text, which may have a mislaid password.
var (
	errScheme    = errors.New("begin it with postgres://")
	errLong      = errors.New("it is longer than 2048 characters")
	errCharacter = errors.New("it has a character that addresses do not have; write others than letters and digits as %XX")
	errFragment  = errors.New("it has a '#'; write it as %23")
	errUser      = errors.New("it does not say as whom to connect: postgres://USER@HOST/DATABASE")
	errPassword  = errors.New("it holds a password: take that out of the address, and give it as a secret")
	errHost      = errors.New("a host is not a name, an address or the folder of a unix socket")
	errHosts     = errors.New("it names no host: postgres://USER@HOST/DATABASE, or postgres://USER@/DATABASE?host=/FOLDER for a unix socket")
	errTwoHosts  = errors.New("it names hosts both before the database and as host=: keep one")
	errPort      = errors.New("a port is not a number from 1 to 65535")
	errDatabase  = errors.New("it names no database, or more than one: postgres://USER@HOST/DATABASE")
	errParameter = errors.New("it has a parameter that is not known here: sslmode, sslrootcert, sslcert, sslkey, target_session_attrs, host and port are")
	errTwice     = errors.New("it has a parameter twice, or one without a value")
	errMode      = errors.New("sslmode is verify-full, or disable where every host is a unix socket or an address of the loopback: nothing between is safe")
	errPlain     = errors.New("sslmode=disable with a host that is not of this machine: write sslmode=verify-full, and sslrootcert=FILE for an authority of your own")
	errNeedless  = errors.New("it has certificates and no TLS: take them out, or write sslmode=verify-full")
	errPair      = errors.New("sslcert and sslkey belong together")
	errPath      = errors.New("a path of a certificate or key is not absolute")
	errAttrs     = errors.New("target_session_attrs is read-write: a registry is read where it is written")
	errSocketTLS = errors.New("a unix socket has no TLS: take sslmode=verify-full out, or name hosts alone")
)

// ParseAddress judges an address, as libpq writes it (PostgreSQL 15, 34.1.1.2):
//
//	postgres://USER@HOST[:PORT][,HOST[:PORT]…]/DATABASE[?sslrootcert=FILE&sslcert=FILE&sslkey=FILE]
//	postgres://USER@/DATABASE?host=/FOLDER[&port=PORT]      a unix socket
//
// Of several hosts the first is used that takes writes (target_session_attrs is always
// read-write). sslmode is verify-full; on unix sockets and the loopback alone it is disable, and
// may be either there. An error says what to write instead, and never what was written.
func ParseAddress(text string) (Address, error) {
	a, err := parseAddress(text)
	if err != nil {
		return Address{}, fmt.Errorf("%w: %w", errAddress, err)
	}
	return a, nil
}

var errAddress = errors.New("the registry's address cannot be used")

func parseAddress(text string) (a Address, err error) {
	if len(text) > 2048 {
		return a, errLong
	}
	for _, r := range text {
		if r <= ' ' || r > '~' || strings.ContainsRune("\"'\\`<>^{}|", r) {
			return a, errCharacter
		}
	}
	rest, ok := strings.CutPrefix(text, "postgres://")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "postgresql://"); !ok {
			return a, errScheme
		}
	}
	if strings.Contains(rest, "#") {
		return a, errFragment
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, database, ok := strings.Cut(rest, "/")
	if !ok {
		return a, errDatabase
	}
	who, hosts, ok := cutLast(authority, "@")
	if !ok || who == "" {
		return a, errUser
	}
	if strings.ContainsAny(who, ":@") {
		return a, errPassword
	}
	if a.user, err = plain(who); err != nil {
		return a, err
	}
	if database == "" || strings.Contains(database, "/") {
		return a, errDatabase
	}
	if a.database, err = plain(database); err != nil {
		return a, err
	}
	parameters, err := parametersOf(query)
	if err != nil {
		return a, err
	}
	if a.hosts, err = hostsOf(hosts, parameters["host"], parameters["port"]); err != nil {
		return a, err
	}
	if attrs := parameters["target_session_attrs"]; attrs != "" && attrs != "read-write" {
		return a, errAttrs
	}
	return a, a.secure(parameters)
}

// plain takes the percent signs out of a name, of which nothing that means something elsewhere
// may come.
func plain(s string) (string, error) {
	s, err := url.PathUnescape(s)
	if err != nil || s == "" || len(s) > 256 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		return "", errCharacter
	}
	return s, nil
}

var known = []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "host", "port"}

func parametersOf(query string) (map[string]string, error) {
	parameters := map[string]string{}
	if query == "" {
		return parameters, nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(name, "password") || strings.EqualFold(name, "sslpassword") {
			return nil, errPassword
		}
		if !slices.Contains(known, name) {
			return nil, errParameter
		}
		if _, twice := parameters[name]; twice || value == "" {
			return nil, errTwice
		}
		if strings.Contains(value, "=") { // libpq refuses it
			return nil, errCharacter
		}
		value, err := plain(value)
		if err != nil {
			return nil, err
		}
		parameters[name] = value
	}
	return parameters, nil
}

// hostsOf reads the hosts before the database, or a unix socket's folder and port.
func hostsOf(list, folder, port string) ([]host, error) {
	if folder != "" || port != "" {
		if list != "" {
			return nil, errTwoHosts
		}
		n, err := portOf(port)
		if err != nil {
			return nil, err
		}
		if !path.IsAbs(folder) || strings.Contains(folder, ",") {
			return nil, errHost
		}
		return []host{{folder, n}}, nil
	}
	if list == "" {
		return nil, errHosts
	}
	var hosts []host
	for one := range strings.SplitSeq(list, ",") {
		h, err := hostOf(one)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	if len(hosts) > 16 {
		return nil, errHost
	}
	return hosts, nil
}

func hostOf(s string) (h host, err error) {
	name, port := s, ""
	switch {
	case strings.HasPrefix(s, "["):
		var ok bool
		if name, port, ok = strings.Cut(s[1:], "]"); !ok || port != "" && port[0] != ':' {
			return h, errHost
		}
		if ip, err := netip.ParseAddr(name); err != nil || !ip.Is6() || ip.Zone() != "" {
			return h, errHost
		}
	case strings.Contains(s, ":"):
		name, port, _ = strings.Cut(s, ":")
		port = ":" + port
	}
	if port != "" {
		if port = port[1:]; port == "" {
			return h, errPort
		}
	}
	if h.port, err = portOf(port); err != nil {
		return h, err
	}
	if !hostName(name) {
		return h, errHost
	}
	h.name = name
	return h, nil
}

// hostName says whether s can be the name or address of a server.
func hostName(s string) bool {
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Zone() == ""
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || label[0] == '-' {
			return false
		}
	}
	return true
}

func portOf(s string) (uint16, error) {
	if s == "" {
		return defaultPort, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '+' || s[0] == '0' {
		return 0, errPort
	}
	return uint16(n), nil
}

// secure decides how the hosts are spoken to.
func (a *Address) secure(parameters map[string]string) error {
	a.root, a.cert, a.key = parameters["sslrootcert"], parameters["sslcert"], parameters["sslkey"]
	here := !slices.ContainsFunc(a.hosts, func(h host) bool { return !h.ofThisMachine() })
	certificates := a.root != "" || a.cert != "" || a.key != ""
	switch parameters["sslmode"] {
	case "":
		a.tls = !here || certificates
	case "verify-full":
		a.tls = true
	case "disable":
		if !here {
			return errPlain
		}
	default:
		return errMode
	}
	if !a.tls {
		if certificates {
			return errNeedless
		}
		return nil
	}
	if slices.ContainsFunc(a.hosts, host.socket) {
		return errSocketTLS
	}
	if (a.cert == "") != (a.key == "") {
		return errPair
	}
	for _, file := range []string{a.root, a.cert, a.key} {
		if file != "" && !path.IsAbs(file) {
			return errPath
		}
	}
	return nil
}

func (h host) socket() bool { return path.IsAbs(h.name) }

// localhost is the one name that is an address of the loopback: it is never looked up.
const localhost = "localhost"

// ofThisMachine says whether what is sent to a host never leaves the machine.
func (h host) ofThisMachine() bool {
	ip, err := netip.ParseAddr(h.name)
	return h.socket() || h.name == localhost || err == nil && ip.IsLoopback()
}

// String gives the address as it may be shown: it holds no secret, and is read as the same one.
func (a Address) String() string {
	if len(a.hosts) == 0 {
		return ""
	}
	parameters := url.Values{}
	for name, value := range map[string]string{"sslrootcert": a.root, "sslcert": a.cert, "sslkey": a.key} {
		if value != "" {
			parameters.Set(name, value)
		}
	}
	var names []string
	for _, h := range a.hosts {
		if h.socket() {
			parameters.Set("host", h.name)
			parameters.Set("port", strconv.Itoa(int(h.port)))
			continue
		}
		names = append(names, net.JoinHostPort(h.name, strconv.Itoa(int(h.port))))
	}
	if len(names) > 0 {
		parameters.Set("sslmode", "disable")
		if a.tls {
			parameters.Set("sslmode", "verify-full")
		}
	}
	return "postgres://" + escaped(a.user) + "@" + strings.Join(names, ",") + "/" + escaped(a.database) + "?" +
		strings.ReplaceAll(parameters.Encode(), "+", "%20")
}

// escaped writes all but letters, digits and few signs as %XX.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}
