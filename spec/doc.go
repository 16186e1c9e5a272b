// Package spec says what the user asks for: which images, for which platforms, under which name.
//
// A [Spec] comes from a YAML or JSON file ([Load]) or from command-line arguments ([FromArgs]).
// A Spec that exists is valid: every reference, platform and tag in it was parsed.
// Nothing here touches the network.
package spec
