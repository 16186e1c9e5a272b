package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
)

// A Given is a client certificate from the command line for one registry.
type Given struct {
	Host              string
	CertFile, KeyFile string
}

// Options say where to look for certificates.
type Options struct {
	// CAFile holds roots that are trusted for all hosts, beside those of the system. It may be empty.
	CAFile string
	Given  Given
	// Getenv is os.Getenv.
	Getenv func(string) string
	// Etc is the folder of the system's settings; the default is /etc.
	Etc string
}

// An Error is an unusable file of certificates.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("certificates in %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A Store finds certificates.
type Store struct {
	folders []string // certs.d
	roots   [][]byte // from the command line, in PEM
	given   Given
	pair    *tls.Certificate
}

// New reads the files of the command line, which may be pipes. It reads a folder at the first connection to its
// host.
func New(ctx context.Context, o Options) (*Store, error) {
	s := &Store{folders: folders(o), given: o.Given}
	named := func(path string) ([]byte, error) { return readNamed(ctx, path) }
	if o.CAFile != "" {
		pem, err := readRoots(named, o.CAFile)
		if err != nil {
			return nil, err
		}
		s.roots = append(s.roots, pem)
	}
	if o.Given.CertFile != "" {
		pair, err := readPair(named, o.Given.CertFile, o.Given.KeyFile)
		if err != nil {
			return nil, err
		}
		s.pair = &pair
	}
	return s, nil
}

// Config returns the TLS configuration for a host: the registry, or a host that the registry names. The roots of the
// registry count for such hosts too, because its token server and its blob store may have the same authority. A
// client certificate is only for its own host.
func (s *Store) Config(registry, host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	found, err := s.folder(host)
	if err != nil {
		return nil, err
	}
	config.Certificates = found.pairs
	if s.pair != nil && host == s.given.Host {
		config.Certificates = append([]tls.Certificate{*s.pair}, config.Certificates...)
	}
	roots := slices.Concat(s.roots, found.roots)
	if host != registry {
		named, err := s.folder(registry)
		if err != nil {
			return nil, err
		}
		roots = append(roots, named.roots...)
	}
	if len(roots) > 0 {
		config.RootCAs = pool(roots)
	}
	return config, nil
}

// pool returns the roots of the system, with those of $SSL_CERT_FILE and $SSL_CERT_DIR, and the given ones.
func pool(roots [][]byte) *x509.CertPool {
	all, err := x509.SystemCertPool()
	if err != nil {
		all = x509.NewCertPool()
	}
	for _, pem := range roots {
		all.AppendCertsFromPEM(pem)
	}
	return all
}

// A fileReader reads one file of certificates.
type fileReader func(path string) ([]byte, error)

func readRoots(read fileReader, path string) ([]byte, error) {
	pem, err := read(path)
	if err != nil {
		return nil, err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, &Error{path, errors.New("no certificate in this file: expected PEM")}
	}
	return pem, nil
}

func readPair(read fileReader, cert, key string) (tls.Certificate, error) {
	certPEM, err := read(cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyPEM, err := read(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return pair, &Error{cert + " and " + key, err}
	}
	return pair, nil
}

// maxFile limits the size of a file of certificates.
const maxFile = 16 << 20

// readNamed reads a file that the command line names.
func readNamed(ctx context.Context, path string) ([]byte, error) {
	raw, err := contextio.ReadFile(ctx, path, maxFile)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, &Error{path, cause(err)}
	}
	return raw, nil
}

// readFile reads a file of a folder, which must be a regular file.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	case err == nil && info.Size() > maxFile:
		err = errors.New("the file is too large")
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &Error{path, cause(err)}
	}
	return raw, nil
}
