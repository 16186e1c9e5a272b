package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const (
	batchSize  = 100 // indexes of S7
	setSize    = 50  // indexes of the repository of S8
	perIndex   = 4   // images
	fixtureJob = 8   // images are pushed at a time
)

// batch puts many images together, all in one new repository. No two of their sources are the same.
func (b *bench) batch() (job, error) {
	repository := b.name("batch")
	j := job{hosts: []string{b.front}, target: b.front + "/" + repository}
	for i := range batchSize {
		one := job{hosts: j.hosts, target: j.target, tags: []string{version(i)}}
		for _, p := range platforms[:perIndex] {
			one.sources = append(one.sources, p.at(j.target+":"+version(i)+"-"+p.tag()))
		}
		j.many = append(j.many, one)
	}
	return j, b.pushSets(repository, batchSize, false)
}

// repositoryCopy copies a repository that has indexes, and a tag for each of their images. The target is new.
func (b *bench) repositoryCopy() (job, error) {
	j := job{hosts: []string{b.front}, from: b.front + "/whole", target: b.front + "/" + b.name("copy")}
	for i := range setSize {
		j.tags = append(j.tags, version(i))
		for _, p := range platforms[:perIndex] {
			j.tags = append(j.tags, version(i)+"-"+p.tag())
		}
	}
	return j, b.once("whole", func() error { return b.pushSets("whole", setSize, true) })
}

func version(i int) string { return fmt.Sprintf("v1.%d", i) }

// pushSets pushes the images of many indexes, and the indexes too if they are wanted.
func (b *bench) pushSets(repository string, n int, indexes bool) error {
	var group errgroup.Group
	group.SetLimit(fixtureJob)
	for i := range n {
		group.Go(func() error { return b.pushSet(repository, version(i), indexes) })
	}
	return group.Wait()
}

func (b *bench) pushSet(repository, version string, index bool) error {
	var images []registrytest.Artifact
	for _, p := range platforms[:perIndex] {
		i := p.image()
		i.Seed = version
		images = append(images, i.Build())
		if err := b.push(images[len(images)-1], repository, version+"-"+p.tag()); err != nil {
			return err
		}
	}
	if !index {
		return nil
	}
	return b.push(registrytest.Index(false, images...), repository, version)
}

// How each tool is told to push many images or to copy all tags. skopeo sync can copy all tags too: it sends 5 002
// requests one after the other, most on a connection of their own, which would take nine minutes and tell nothing new.

// loop does one image after the other, as a script does.
func loop(t tool, j job) ([][]string, error) {
	var lines [][]string
	for i, one := range j.many {
		one.dir = filepath.Join(j.dir, fmt.Sprint(i))
		if err := os.Mkdir(one.dir, 0o700); err != nil {
			return nil, err
		}
		more, err := t.push(t, one)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

func manyOurs(t tool, j job) ([][]string, error) {
	spec, err := j.spec(j.many...)
	return [][]string{t.line("--plain-http", "push", "from-spec", spec)}, err
}

func copyAllOurs(t tool, j job) ([][]string, error) {
	return [][]string{t.line("--plain-http", "copy", "--all-tags", j.from, j.target)}, nil
}

func copyAllCrane(t tool, j job) ([][]string, error) {
	return [][]string{t.line("copy", "--all-tags", j.from, j.target)}, nil
}

// copyAllRegctl: a process for each tag.
func copyAllRegctl(t tool, j job) ([][]string, error) {
	lines := [][]string{t.line(regctlHosts(j), "tag", "ls", j.from)}
	for _, tag := range j.tags {
		lines = append(lines, t.line(regctlHosts(j), "image", "copy", j.from+":"+tag, j.target+":"+tag))
	}
	return lines, nil
}

const regsyncConfig = `version: 1
creds: [{registry: %q, tls: disabled}]
sync: [{source: %q, target: %q, type: repository}]
`

func copyAllRegsync(t tool, j job) ([][]string, error) {
	path := filepath.Join(j.dir, "regsync.yaml")
	text := fmt.Sprintf(regsyncConfig, j.hosts[0], j.from, j.target)
	return [][]string{t.line("once", "--config", path)}, os.WriteFile(path, []byte(text), 0o600)
}
