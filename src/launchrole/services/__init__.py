"""The services that are ours, where moto lacks them or is too loose. `launchrole.sandbox` puts them behind the door."""
