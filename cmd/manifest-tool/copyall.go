package main

import (
	"context"
	"fmt"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A copied is one image of a repository that was copied with all its tags, or was to be.
type copied struct {
	tags    []string
	results []result // none if there was no plan
	err     error
}

// copyAll copies all images of a repository, one after the other, as they share most of what they are made
// of: what the first has brought, the next ones find.
func (p *program) copyAll(ctx context.Context, args spec.Copy, o copyOptions) error {
	r, err := spec.FromRepository(args, o.tagFilter, o.spec)
	if err != nil {
		return err
	}
	places := job{places: r.Places(), targets: len(r.Targets)}
	return p.work(ctx, places, o.pushOptions, func(session registry.Session, progress *progress) (func() error, error) {
		images, err := p.imagesOf(ctx, session, r, o)
		if err == nil {
			err = p.checkPlatformTags(ctx, session, r, images, o)
		}
		if err != nil {
			return nil, err
		}
		var copies []copied
		for _, image := range images {
			c := p.copyTagged(ctx, session, r, image, o, progress)
			copies = append(copies, c)
			if c.err != nil && (o.failFast || ctx.Err() != nil) {
				break
			}
		}
		progress.end()
		err = errorOf(copies, len(images), o.dryRun)
		if err != nil && !isPartial(err) {
			return nil, err
		}
		return func() error { return p.printCopies(copies, o.pushOptions) }, err
	})
}

// printCopies prints what is done, also beside an error.
func (p *program) printCopies(copies []copied, o pushOptions) error {
	if o.js {
		return p.writeJSON(copiesOutputOf(copies, o.dryRun))
	}
	var lines []byte
	for _, c := range copies {
		if c.err == nil {
			lines = append(lines, digestLines(c)...)
		}
	}
	return p.write(lines)
}

// imagesOf lists the images of a repository. What is about an image comes with it.
func (p *program) imagesOf(ctx context.Context, session registry.Session, r spec.RepositoryCopy, o copyOptions) ([]resolve.Tagged, error) {
	about := 0
	images, err := resolve.Tags(ctx, session, r.Source, func(tag string) bool {
		if !r.Takes(tag) {
			return false
		}
		if spec.IsAboutImage(tag) {
			about++
			return false
		}
		return true
	})
	if about > 0 && !o.referrers {
		p.log.Warnf("%s of signatures and the like left out: --referrers copies them with their images", count(about, "tag"))
	}
	return images, err
}

func (p *program) copyTagged(ctx context.Context, session registry.Session, r spec.RepositoryCopy, image resolve.Tagged, o copyOptions, progress *progress) copied {
	c := copied{tags: image.Tags, err: image.Err}
	if c.err != nil {
		return c
	}
	decide := func(ctx context.Context, session registry.Session) ([]plan.Plan, []string, error) {
		return p.planCopy(ctx, session, r.Image(image.Digest, image.Tags), o)
	}
	c.results, c.err = p.attempt(ctx, session, job{decide: decide}, o.pushOptions, progress)
	if c.results == nil {
		return c
	}
	p.tellRepaired(c.results)
	for _, r := range c.results {
		switch {
		case r.plan.Err != nil || r.err != nil:
		case o.dryRun && !o.js:
			p.tellPlan(r.plan)
		case !o.dryRun:
			p.say("%s: %s", r.plan.Target, r.summary())
		}
	}
	if c.err != nil && !o.dryRun {
		c.err = withTags(c.results, c.err)
	}
	return c
}

// digestLines are the line of a push for each tag, with the tag behind it.
func digestLines(c copied) []byte {
	d := c.results[0].plan.Index.Descriptor()
	var b []byte
	for _, tag := range c.tags {
		b = fmt.Appendf(b, "Digest: %s %d %s\n", d.Digest, d.Size, tag)
	}
	return b
}
