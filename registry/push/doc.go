// Package push carries out a [plan.Plan]. It is the only package that writes manifests, blobs and tags.
//
// The order of writes never breaks a tag: blobs, then the manifests that need them by digest, then
// referrers, then the index under the first tag, then the other tags. Each tag is read back.
package push
