package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/containerd"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Choose finds the image that containerd takes on a node. It reads the index and the chosen image, and the config of an
// image whose platform no index names.
func Choose(ctx context.Context, repository registry.Repository, ref spec.Reference, node v1.Platform) (plan.NodeChoice, error) {
	c := chooser{repository: repository, result: plan.NodeChoice{Reference: ref, Node: node}}
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if err == nil {
		c.result.Manifest = m
		err = c.choose(ctx, m)
	}
	return c.result, registry.WrapOp("inspect", ref, err)
}

type chooser struct {
	repository registry.Repository
	result     plan.NodeChoice
}

func (c *chooser) choose(ctx context.Context, m registry.Manifest) error {
	if !m.MediaType.IsIndex() {
		return c.single(ctx, m)
	}
	for depth := 0; depth <= maxDepth; depth++ {
		x, err := index.Parse(m)
		if err != nil {
			return err
		}
		step := plan.ChoiceInIndex{Digest: m.Digest, Entries: x.Entries, Choice: containerd.Choose(c.result.Node, x.Entries)}
		c.result.Indexes = append(c.result.Indexes, step)
		if step.Chosen < 0 {
			return nil
		}
		chosen := x.Entries[step.Chosen].Descriptor
		if m, err = c.listed(ctx, chosen); err != nil {
			return err
		}
		if !m.MediaType.IsIndex() {
			return c.take(ctx, m, chosen.Platform)
		}
	}
	return registry.Errorf(registry.ErrUnverified, "more than %d levels of nested indexes", maxDepth)
}

// listed reads a manifest that an index lists.
func (c *chooser) listed(ctx context.Context, d v1.Descriptor) (registry.Manifest, error) {
	m, err := c.repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
	if errors.Is(err, registry.ErrNotFound) {
		return m, registry.Errorf(registry.ErrUnverified, "containerd takes %s, but the repository does not contain it", d.Digest)
	}
	return m, err
}

// take takes the image that an index lists. If the index names no platform, that of the config has to fit.
func (c *chooser) take(ctx context.Context, m registry.Manifest, listed *v1.Platform) error {
	if listed != nil {
		c.result.Chosen, c.result.Platform = m, *listed
		return nil
	}
	platform, err := c.configPlatform(ctx, m)
	if err != nil {
		return err
	}
	step := &c.result.Indexes[len(c.result.Indexes)-1]
	verdict := &step.Verdicts[step.Chosen]
	fits, reason := containerd.Fits(c.result.Node, platform)
	if !fits {
		*verdict = containerd.Verdict{Result: containerd.Refused, Reason: "the entry names no platform; its config: " + reason}
		step.Chosen = -1
		return nil
	}
	verdict.Reason = "the entry names no platform, and no other entry fits; its config: " + reason
	c.result.Chosen, c.result.Platform = m, platform
	return nil
}

// single takes an image that no index lists. containerd does not compare its platform with that of the node.
func (c *chooser) single(ctx context.Context, m registry.Manifest) error {
	platform, err := c.configPlatform(ctx, m)
	if err != nil {
		return err
	}
	c.result.Chosen, c.result.Platform = m, platform
	if fits, reason := containerd.Fits(c.result.Node, platform); !fits {
		c.result.Doubt = reason
	}
	return nil
}

func (c *chooser) configPlatform(ctx context.Context, m registry.Manifest) (v1.Platform, error) {
	doc, err := registry.ParseDocument(m)
	if err != nil || doc.Config == nil {
		return v1.Platform{}, err
	}
	config, err := registry.ReadConfig(ctx, c.repository, *doc.Config)
	return config.Platform, err
}
