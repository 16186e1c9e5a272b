package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/sirupsen/logrus"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// places is a registry.Session: it knows which package keeps which kind of place.
type places struct {
	remote   *remote.Session
	keychain *auth.Keychain

	archives archive.Options
	made     []spec.Place // the archives that are targets

	mu     sync.Mutex
	onDisk map[spec.Place]diskPlace
}

type diskPlace interface {
	registry.Repository
	io.Closer
}

func (p *places) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	if place.Kind == spec.Registry {
		return p.remote.Open(ctx, place.Repository)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	path, err := filepath.Abs(place.Path)
	if err != nil {
		return nil, err
	}
	key := spec.Place{Kind: place.Kind, Path: path}
	if repository, ok := p.onDisk[key]; ok {
		return repository, nil // one for each folder: two would wait for each other's lock
	}
	repository, err := p.openOnDisk(place)
	if err != nil {
		return nil, err
	}
	p.onDisk[key] = repository
	return repository, nil
}

func (p *places) openOnDisk(place spec.Place) (diskPlace, error) {
	switch {
	case place.Kind == spec.OCILayout:
		return layout.Open(place.Path)
	case slices.Contains(p.made, place):
		return archive.Create(place.Path)
	}
	o := p.archives
	o.Kind = place.Kind
	return archive.Open(place.Path, o)
}

func (p *places) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := []error{p.remote.Close()}
	for _, repository := range p.onDisk {
		errs = append(errs, repository.Close())
	}
	return errors.Join(errs...)
}

// open prepares the places of a run. The first of them is the one that a user name on the command
// line is for; writes says how many of them are written to.
func (p *program) open(ctx context.Context, o globalOptions, named []spec.Place, writes int, progress *progress) (*places, error) {
	if o.debug {
		p.log.SetLevel(logrus.DebugLevel)
	}
	if o.dockerConfig != "" {
		if _, err := os.Stat(o.dockerConfig); err != nil {
			return nil, usagef("--docker-cfg: %v", err)
		}
	}
	given, err := p.given(ctx, o, named)
	if err != nil {
		return nil, err
	}
	keychain := auth.New(auth.Options{Given: given, DockerConfig: o.dockerConfig, Getenv: p.getenv})
	var uses []remote.Use
	for i, place := range named {
		if place.Kind == spec.Registry {
			uses = append(uses, remote.Use{Repository: place.Repository, Push: i < writes})
		}
	}
	network, err := p.network(o, named)
	if err != nil {
		return nil, err
	}
	network.Credentials = p.credentialsOf(keychain)
	network.Sent, network.Resting = progress.sent, progress.resting
	return &places{remote: remote.NewSession(uses, network), keychain: keychain, onDisk: map[spec.Place]diskPlace{}}, nil
}
