package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// home is the environment of somebody with a home and nothing else.
func home(dir string) func(string) string {
	return func(name string) string { return map[string]string{"HOME": dir}[name] }
}

func TestFolders(t *testing.T) {
	ca, other := registrytest.NewAuthority(t), registrytest.NewAuthority(t)
	cert, key := ca.Issue(t, "me")
	for _, folder := range []string{
		"etc/docker/certs.d", "etc/containers/certs.d", "home/.docker/certs.d", "home/.config/docker/certs.d", "home/.config/containers/certs.d",
	} {
		dir := t.TempDir()
		in := func(path string) string { return filepath.Join(dir, folder, path) }
		registrytest.WriteFile(t, in("reg.test:5000/ca.crt"), ca.PEM())
		registrytest.WriteFile(t, in("reg.test:5000/client.cert"), cert)
		registrytest.WriteFile(t, in("reg.test:5000/client.key"), key)
		registrytest.WriteFile(t, in("reg.test:5000/README"), []byte("not this"))
		registrytest.WriteFile(t, in("other.test/ca.crt"), other.PEM())
		s, err := New(t.Context(), Options{Getenv: home(dir + "/home"), Etc: dir + "/etc"})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			registry, host string
			ca, other      bool
			pairs          int
		}{
			{"reg.test:5000", "reg.test:5000", true, false, 1},
			{"reg.test:5000", "auth.test", true, false, 0},
			{"reg.test:5000", "other.test", true, true, 0},
			{"reg.test", "reg.test", false, false, 0},
			{"other.test", "reg.test:5000", true, true, 1},
			{"reg.test", "../other.test", false, false, 0},
			{"..", ".", false, false, 0},
		} {
			config, err := s.Config(test.registry, test.host)
			if err != nil {
				t.Errorf("%s: %+v: %v", folder, test, err)
				continue
			}
			if trusts(config, ca) != test.ca || trusts(config, other) != test.other || len(config.Certificates) != test.pairs {
				t.Errorf("%s: %+v: trusts %v and %v, %d certificates of our own", folder, test, trusts(config, ca), trusts(config, other), len(config.Certificates))
			}
		}
	}
}

func trusts(config *tls.Config, ca *registrytest.Authority) bool {
	block, _ := pem.Decode(ca.PEM())
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil || config.RootCAs == nil {
		return false
	}
	_, err = parsed.Verify(x509.VerifyOptions{Roots: config.RootCAs})
	return err == nil
}

// What the command line names: a root for everybody, a certificate of ours for one registry.
func TestGiven(t *testing.T) {
	dir := t.TempDir()
	ca := registrytest.NewAuthority(t)
	cert, key := ca.Issue(t, "me")
	registrytest.WriteFile(t, dir+"/ca.pem", ca.PEM())
	registrytest.WriteFile(t, dir+"/me.pem", cert)
	registrytest.WriteFile(t, dir+"/me.key", key)
	s, err := New(t.Context(), Options{Getenv: home(""), Etc: dir, CAFile: dir + "/ca.pem", Given: Given{"reg.test", dir + "/me.pem", dir + "/me.key"}})
	if err != nil {
		t.Fatal(err)
	}
	for host, pairs := range map[string]int{"reg.test": 1, "reg.test:5000": 0, "auth.test": 0} {
		config, err := s.Config("reg.test", host)
		if err != nil || !trusts(config, ca) || len(config.Certificates) != pairs {
			t.Errorf("%s: %d certificates of our own (%v)", host, len(config.Certificates), err)
		}
	}
	if own, err := x509.SystemCertPool(); err == nil {
		config, _ := s.Config("reg.test", "reg.test")
		for _, pem := range s.roots {
			own.AppendCertsFromPEM(pem)
		}
		if !config.RootCAs.Equal(own) {
			t.Error("the system's roots are not trusted any more")
		}
	}
}

func TestUnusable(t *testing.T) {
	dir := t.TempDir()
	ca := registrytest.NewAuthority(t)
	cert, _ := ca.Issue(t, "me")
	_, key := ca.Issue(t, "somebody else")
	registrytest.WriteFile(t, dir+"/me.pem", cert)
	registrytest.WriteFile(t, dir+"/other.key", key)
	registrytest.WriteFile(t, dir+"/empty", nil)
	for name, test := range map[string]struct {
		o     Options
		words string
	}{
		"no file":     {Options{CAFile: dir + "/none"}, dir + "/none: no such file"},
		"a folder":    {Options{CAFile: dir}, "is a directory"},
		"no PEM":      {Options{CAFile: dir + "/empty"}, "expected PEM"},
		"another key": {Options{Given: Given{"reg.test", dir + "/me.pem", dir + "/other.key"}}, "private key does not match"},
		"no key":      {Options{Given: Given{"reg.test", dir + "/me.pem", dir + "/none"}}, dir + "/none"},
	} {
		test.o.Getenv = home("")
		_, err := New(t.Context(), test.o)
		var unusable *Error
		if !errors.As(err, &unusable) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// docker names the key that is missing, and so is it here
	registrytest.WriteFile(t, dir+"/docker/certs.d/reg.test/client.cert", cert)
	s, _ := New(t.Context(), Options{Getenv: home(""), Etc: dir})
	if _, err := s.Config("reg.test", "reg.test"); err == nil || !strings.Contains(err.Error(), "client.key: no such file") {
		t.Errorf("a certificate without its key: %v", err)
	}
	if os.Getuid() != 0 {
		os.Chmod(dir+"/docker/certs.d/reg.test", 0)
		if _, err := s.Config("reg.test", "reg.test"); err != nil {
			t.Errorf("a folder that is not for us: %v", err)
		}
		os.Chmod(dir+"/docker/certs.d/reg.test", 0o700)
	}
}

func TestInsecureAtDocker(t *testing.T) {
	dir := t.TempDir()
	o := Options{Getenv: home(dir + "/home"), Etc: dir}
	for file, text := range map[string]string{
		"/docker/daemon.json":              `{"insecure-registries": ["reg.test:5000", "10.1.0.0/16"]}`,
		"/home/.config/docker/daemon.json": `{"insecure-registries": "a mistake"}`,
		"/home/.docker/daemon.json":        `{"insecure-registries": ["desktop.test"], "debug": true}`,
	} {
		registrytest.WriteFile(t, dir+file, []byte(text))
	}
	for host, want := range map[string]string{
		"reg.test:5000": "/docker/daemon.json", "reg.test": "", "10.1.2.3:5000": "/docker/daemon.json", "10.2.2.3": "",
		"desktop.test": "/home/.docker/daemon.json", "": "",
	} {
		if file, ok := InsecureAtDocker(host, o); ok != (want != "") || ok && file != dir+want {
			t.Errorf("%s: %q, %v", host, file, ok)
		}
	}
}

// Whatever is in a file, it is used or told, and no host leads out of the folders.
func FuzzFiles(f *testing.F) {
	ca := registrytest.NewAuthority(f)
	cert, key := ca.Issue(f, "me")
	f.Add("reg.test:5000", ca.PEM(), cert, key)
	f.Add("..", []byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"), key, cert)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, host string, roots, cert, key []byte) {
		for _, name := range names(host) {
			if base := filepath.Join(dir, name); filepath.Dir(base) != dir {
				t.Fatalf("%q leads to %s", host, base)
			}
		}
		registrytest.WriteFile(t, dir+"/ca", roots)
		registrytest.WriteFile(t, dir+"/cert", cert)
		registrytest.WriteFile(t, dir+"/key", key)
		s, err := New(t.Context(), Options{Getenv: home(""), Etc: dir, CAFile: dir + "/ca", Given: Given{host, dir + "/cert", dir + "/key"}})
		var unusable *Error
		if err != nil && !errors.As(err, &unusable) {
			t.Errorf("error %v", err)
		}
		if err == nil {
			s.Config(host, host)
		}
	})
}

// What is too large to be certificates is not read.
func TestTooLarge(t *testing.T) {
	ca := registrytest.NewAuthority(t)
	for _, test := range []struct {
		size int64
		ok   bool
	}{{maxFile, true}, {maxFile + 1, false}} {
		path := filepath.Join(t.TempDir(), "ca.pem")
		registrytest.WriteFile(t, path, ca.PEM())
		if err := os.Truncate(path, test.size); err != nil {
			t.Fatal(err)
		}
		_, err := New(t.Context(), Options{CAFile: path, Getenv: home("")})
		if (err == nil) != test.ok || err != nil && !strings.Contains(err.Error(), path+": the file is larger than") {
			t.Errorf("%d bytes: %v", test.size, err)
		}
	}
}
