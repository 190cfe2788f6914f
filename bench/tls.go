package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// overTLS compares HTTP/2 over TLS, as many requests at a time as streams.
func overTLS(rounds, requests int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	proxy.plain, proxy.broker = proxy.secure[0], proxy.secure[1]
	var table []row
	for _, n := range []int{1, 32, 128} {
		client := newClient(n)
		way := client.Transport.(*http.Transport)
		way.TLSClientConfig, way.ForceAttemptHTTP2 = &tls.Config{RootCAs: proxy.trusted}, true
		b := bench{people: people, proxy: proxy, client: client, rounds: rounds, connections: n}
		r, err := b.warm(sizes[0], requests, "")
		if err != nil {
			return fmt.Errorf("%d streams: %w", n, err)
		}
		r.Answer = fmt.Sprintf("%d streams", n)
		table = append(table, r)
	}
	tabulate(os.Stdout, "HTTP/2 over TLS, "+sizes[0].name, table)
	return nil
}

// certified makes tls.pem and tls-key.pem for this machine's loopback, and gives who is to be trusted.
func certified(dir string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	return trusted, errors.Join(
		os.WriteFile(filepath.Join(dir, "tls.pem"), certificate, 0o644),
		os.WriteFile(filepath.Join(dir, "tls-key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
	)
}
