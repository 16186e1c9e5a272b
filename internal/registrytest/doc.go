// Package registrytest is a container registry in memory for tests, and a builder of small images
// to put into it or into any other registry.
//
// It is meant to refuse whatever some real registry refuses: blobs and manifests are kept for each
// repository, everything a manifest refers to has to be in its repository with the size and type
// that it claims, tokens carry scopes and expire, manifests end at 4 MiB. Where registries differ it
// does what distribution v3 does, unless that is the laxer way. Only sha256 digests are known, and
// there is no referrers API, as in distribution, unless an option wants it.
//
//	srv := registrytest.New(t, registrytest.Options{})
//	srv.Push(t, "app", "amd64", registrytest.Image{}.Build())
//	// run what is tested against srv.Host()
//	if err := srv.Complete("app", "latest"); err != nil {
//		t.Error(err)
//	}
//
// "Spec" in comments is the OCI distribution spec v1.1, with the name of the section.
package registrytest
