// CoreDNS with only the plugins that the trial cluster's Corefile names: the stock build carries the clients of
// three clouds and takes minutes.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
)

func main() {
	if err := dnsserver.SetDirectives([]string{"bind", "ready", "errors", "kubernetes"}); err != nil {
		panic(err)
	}
	coremain.Run()
}
