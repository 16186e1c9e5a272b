package main

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A world is where the commands of a page run: a home folder and two registries. Each page has its own, and all
// are alike:
//
//	localhost:5000     plain HTTP, no login, no referrers API
//	    acme/app:1.0-amd64, :1.0-arm64, :1.0-riscv64   images
//	    acme/app-arm64:1.0                             an image with its attestation, as buildx pushes it
//	    dev/app:1.0, :latest                           an index for amd64, arm64 and arm/v7, with signatures
//	registry.example   HTTPS with the CA in ca.pem, user ci with the password in password.txt, referrers API
//	    team/base:1.0                                  an image for amd64
//	build/armv7        an OCI layout, and the same as dist/demo/armv7, where "make demo" writes it
//	amd64.tar          an OCI archive
//	arm64.tar          what docker save writes
//	digests/           files named by digest, for amd64 and riscv64
//	metadata-*.json    what buildx --metadata-file writes, for amd64 and riscv64
//
// The user trusts the CA and is logged in.
type world struct {
	dir         string
	code        int // of the last command
	real, shown *strings.Replacer
}

const (
	worldHost     = "localhost:5000"
	worldSecure   = "registry.example"
	worldPassword = "correct-horse"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	inProcesses(t)
	plain := rt.New(t, rt.Options{})
	secure := rt.New(t, rt.Options{TLS: true, Auth: rt.BasicAuth, Users: map[string]string{"ci": worldPassword}, Referrers: true})
	w := &world{
		dir:  t.TempDir(),
		real: strings.NewReplacer(worldHost, plain.Host(), worldSecure, secure.Host()),
	}
	inFileName := strings.NewReplacer(":", "=").Replace
	w.shown = strings.NewReplacer(plain.Host(), worldHost, secure.Host(), worldSecure, w.dir, "~", inFileName(plain.Host()), inFileName(worldHost))
	image := func(architecture, variant string) rt.Artifact {
		return rt.Image{Architecture: architecture, Variant: variant, Layers: 3, LayerSize: 400_000}.Build()
	}
	amd64, arm64, armv7, riscv64 := image("amd64", ""), image("arm64", ""), image("arm", "v7"), image("riscv64", "")
	for architecture, built := range map[string]rt.Artifact{"amd64": amd64, "arm64": arm64, "riscv64": riscv64} {
		plain.Push(t, "acme/app", "1.0-"+architecture, built)
	}
	plain.Push(t, "acme/app-arm64", "1.0", rt.Attested(arm64))
	dev := rt.Index(false, amd64, arm64, armv7)
	plain.Push(t, "dev/app", "1.0", dev)
	plain.Push(t, "dev/app", "latest", dev)
	plain.Push(t, "dev/app", strings.Replace(dev.Digest, ":", "-", 1)+".sig", rt.Signature("signed"))
	if err := rt.ReferTo(dev, "bill of materials").PushReferrer(plain.URL(), "dev/app", dev.Digest); err != nil {
		t.Fatal(err)
	}
	secure.Push(t, "team/base", "1.0", rt.Image{Architecture: "amd64", Seed: "base"}.Build())
	w.files(t, map[string]rt.Artifact{"amd64": amd64, "riscv64": riscv64})
	w.trust(t, secure)
	for _, dir := range []string{"build/armv7", "dist/demo/armv7"} {
		if err := armv7.WriteLayout(filepath.Join(w.dir, dir), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := rt.Attested(amd64).WriteArchive(filepath.Join(w.dir, "amd64.tar"), "1.0"); err != nil {
		t.Fatal(err)
	}
	return w
}

// files are what build jobs leave.
func (w *world) files(t *testing.T, built map[string]rt.Artifact) {
	t.Helper()
	for architecture, image := range built {
		w.write(t, filepath.Join("digests", architecture, strings.TrimPrefix(image.Digest, "sha256:")), nil)
		metadata := fmt.Sprintf(`{"containerimage.digest": %q, "image.name": %q}`, image.Digest, w.real.Replace(worldHost)+"/acme/app:1.0-"+architecture)
		w.write(t, "metadata-"+architecture+".json", []byte(metadata))
	}
	saved, err := os.ReadFile("../../registry/archive/testdata/arm64.docker.tar")
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "arm64.tar", saved)
}

// trust has the user trust the registry with TLS, and log in to it.
func (w *world) trust(t *testing.T, secure *rt.Server) {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	w.write(t, "ca.pem", ca)
	w.write(t, filepath.Join(".docker", "certs.d", secure.Host(), "ca.crt"), ca)
	login := base64.StdEncoding.EncodeToString([]byte("ci:" + worldPassword))
	w.write(t, ".docker/config.json", fmt.Appendf(nil, `{"auths": {%q: {"auth": %q}}}`, secure.Host(), login))
	w.write(t, "password.txt", []byte(worldPassword))
}

func (w *world) write(t *testing.T, name string, content []byte) {
	t.Helper()
	rt.WriteFile(t, filepath.Join(w.dir, name), content)
}
