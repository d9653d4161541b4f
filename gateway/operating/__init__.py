"""The pages of the Union: who takes part, what may be made of what, how the network stands."""
