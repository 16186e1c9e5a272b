package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

func (p *program) authExplainCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "tell which credential is used for a name, and what it opens",
		ArgsUsage: "IMAGE",
		Description: "It only reads: nothing is changed on the registry, and no upload is opened.\n" +
			"The exit code is 4 where the image may not be read.",
		HideHelpCommand: true,
		OnUsageError:    fail,
		Flags:           append(authFlags(), globalFlags()...),
		Action: func(c *cli.Context) error {
			ref, err := onlyArgument(c, "IMAGE", "the name to explain the login for")
			if err != nil {
				return err
			}
			o, err := globalOptionsOf(c)
			if err != nil {
				return err
			}
			js, err := isJSON(c)
			if err != nil {
				return err
			}
			return p.authExplain(c.Context, ref, js, o)
		},
	}
}

func (p *program) authExplain(ctx context.Context, image string, asJSON bool, o globalOptions) (err error) {
	ref, err := spec.ParseReference(image)
	if err != nil {
		return usageError{err.Error()}
	}
	if ref.Place.Kind != spec.Registry {
		return usagef("%s is no registry: nobody asks for a login there", ref)
	}
	ref = ref.WithDefaultTag()
	session, err := p.open(ctx, o, []spec.Place{ref.Place}, 0, p.newProgress("none", false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	found, err := session.keychain.Credential(ctx, ref.Place.Repository)
	if err != nil {
		return err
	}
	if found.Source.Exposed {
		p.log.Warnf("%s holds secrets, and others on this machine can read it: chmod 600", found.Source.Place)
	}
	out := explained(ref, found)
	e, err := session.remote.Examine(ctx, ref.Place.Repository, registry.RefOf(ref))
	if err == nil {
		out.examined(e, ref.Place.Repository)
		if errors.Is(e.Read, registry.ErrDenied) {
			err = e.Read
		}
	}
	if err != nil {
		err = &registry.OpError{Op: "examine", Ref: ref.String(), Err: err}
	}
	if asJSON {
		return errors.Join(err, p.writeJSON(out))
	}
	return errors.Join(err, p.printExplanation(out))
}
