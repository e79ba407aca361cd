// Shows what to compare, and hands the pairing code on to the page behind TLS.

const facts = await (await fetch("/authority.json")).json();
document.getElementById("fingerprint").textContent = facts.sha256;
document.getElementById("onward").href = `${facts.origin}/${location.hash}`;
