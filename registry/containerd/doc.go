// Package containerd says which image of an index containerd takes on a node, and why.
//
// The rules are those of containerd 2.x: the order of core/images (a stable sort, entries without a platform last, the
// first entry wins) and the matching of github.com/containerd/platforms v1.0.0-rc.5, which the tests compare with. They
// are not the rules of [registry/index], which finds what a user names: containerd accepts older variants, 386 on amd64
// and arm on arm64.
//
// The package is pure: it reads nothing.
package containerd
